import Flows
import Scripts
import Testing

@Suite("Unchanged since the last success")
struct StepFingerprintTests {
  private let orders = Asset.table(name: "orders")
  private let raw = Asset.file("raw/orders.parquet")
  private let daily = Asset.table(schema: "sales", name: "daily")

  private func fingerprint(
    script: String = "s1", arguments: String = "a1", orders: String? = "7", raw: String? = "10 b",
    daily: String? = "9"
  ) -> StepFingerprint {
    StepFingerprint(
      script: script, arguments: arguments, inputs: [self.orders: orders, self.raw: raw],
      outputs: [self.daily: daily])
  }

  @Test("nothing has changed")
  func unchanged() {
    #expect(StepFingerprint.decide(record: fingerprint(), now: fingerprint()) == .upToDate)
  }

  @Test("each change is a reason in words")
  func reasons() {
    expect(record: nil, fingerprint(), "never ran")
    expect(fingerprint(script: "s2"), "script changed")
    expect(fingerprint(arguments: "a2"), "arguments changed")
    expect(fingerprint(orders: "8"), "input orders changed")
    expect(fingerprint(orders: nil), "input orders missing")
    expect(fingerprint(raw: "11 b"), "input raw/orders.parquet changed")
    expect(fingerprint(daily: "10"), "output sales.daily changed")
    expect(fingerprint(daily: nil), "output sales.daily missing")
    expect(record: fingerprint(orders: nil), fingerprint(), "input orders is new")
    expect(
      fingerprint(script: "s2", orders: "8", daily: nil),
      "script changed, input orders changed, output sales.daily missing")
  }

  @Test("forced runs in any case")
  func forced() {
    let decision = StepFingerprint.decide(record: fingerprint(), now: fingerprint(), isForced: true)
    #expect(decision == .run([.forced]))
    #expect(RunReason.forced.description == "forced")
  }

  @Test("a record of another version of the rule is not trusted")
  func rule() {
    var record = fingerprint()
    record.rule = 0
    expect(record: record, fingerprint(), "last run by another version of Tarn")
  }

  @Test("the table that a step reads and appends to counts as its output")
  func incremental() {
    func now(orders: String, log: String?) -> StepFingerprint {
      StepFingerprint(
        script: "s", inputs: [self.orders: orders, self.daily: log], outputs: [self.daily: log])
    }
    // First run: the log is at 1 and the run leaves it at 2.
    let record = StepFingerprint.afterSuccess(now(orders: "7", log: "1"), outputs: [daily: "2"])
    #expect(StepFingerprint.decide(record: record, now: now(orders: "7", log: "2")) == .upToDate)
    expect(record: record, now(orders: "8", log: "2"), "input orders changed")
    expect(record: record, now(orders: "7", log: "3"), "output sales.daily changed")
  }

  @Test("inputs are recorded as they were when the step started")
  func changeDuringRun() {
    let record = StepFingerprint.afterSuccess(fingerprint(orders: "7", daily: nil), outputs: [daily: "9"])
    #expect(StepFingerprint.decide(record: record, now: fingerprint(orders: "7")) == .upToDate)
    expect(record: record, fingerprint(orders: "8"), "input orders changed")
  }

  private func expect(record: StepFingerprint?, _ now: StepFingerprint, _ reasons: String) {
    guard case .run(let found) = StepFingerprint.decide(record: record, now: now) else {
      Issue.record("should run: \(reasons)")
      return
    }
    #expect(found.map(\.description).joined(separator: ", ") == reasons)
  }

  private func expect(_ now: StepFingerprint, _ reasons: String) {
    expect(record: fingerprint(), now, reasons)
  }
}
