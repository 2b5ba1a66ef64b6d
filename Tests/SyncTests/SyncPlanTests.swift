import JSON
import Sync
import Testing

/// What is done, for each way in which two sides can stand to what they were when they were last the same.
@Suite struct SyncPlanTests {
  private static let key = SyncKey(.script, "f/a/x")

  /// A script of one letter; nil where the letter is a dash.
  private static func item(_ letter: Character, version: String? = nil) -> SyncItem? {
    guard letter != "-" else { return nil }
    return SyncItem(key, settings: .init(), text: String(letter), language: "python3", version: version)
  }

  private static func plan(
    _ direction: SyncPlan.Direction, _ sides: String, isForced: Bool = false, removesUnknown: Bool = false
  ) -> SyncPlan {
    let letters = Array(sides)
    var state = SyncState()
    state.records[key] = item(letters[0]).map { SyncPlan.record(folder: nil, server: $0) }
    var (folder, server): ([SyncKey: SyncItem], [SyncKey: SyncItem]) = ([:], [:])
    folder[key] = item(letters[1])
    server[key] = item(letters[2], version: "v")
    return SyncPlan(
      direction, folder: folder, server: server, state: state, isForced: isForced,
      removesUnknown: removesUnknown)
  }

  /// In a word: what is done, or why it is not.
  private static func told(_ plan: SyncPlan) -> String {
    if let change = plan.changes.first { return change.kind.rawValue + (change.overwrites ? " over" : "") }
    if !plan.conflicts.isEmpty { return "conflict" }
    return plan.behind.isEmpty ? "nothing" : "behind"
  }

  /// Remembered, folder, server; push, pull; both with `--force`; both with `--prune`.
  @Test(arguments: [
    ("---", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing"),
    ("aaa", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing"),
    ("-aa", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing"),
    ("abb", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing"),
    ("a--", "nothing", "nothing", "nothing", "nothing", "nothing", "nothing"),
    ("-a-", "added", "behind", "added", "behind", "added", "removed over"),
    ("--a", "behind", "added", "behind", "added", "removed over", "added"),
    ("-ab", "conflict", "conflict", "changed over", "changed over", "conflict", "conflict"),
    ("aba", "changed", "behind", "changed", "changed over", "changed", "behind"),
    ("aab", "behind", "changed", "changed over", "changed", "behind", "changed"),
    ("abc", "conflict", "conflict", "changed over", "changed over", "conflict", "conflict"),
    ("a-a", "removed", "behind", "removed", "added", "removed", "behind"),
    ("aa-", "behind", "removed", "added", "removed", "behind", "removed"),
    ("a-b", "conflict", "conflict", "removed over", "added", "conflict", "conflict"),
    ("ab-", "conflict", "conflict", "added", "removed over", "conflict", "conflict"),
  ])
  func everyCaseHasItsEnd(
    sides: String, push: String, pull: String, forcedPush: String, forcedPull: String, prunedPush: String,
    prunedPull: String
  ) {
    #expect(Self.told(Self.plan(.push, sides)) == push)
    #expect(Self.told(Self.plan(.pull, sides)) == pull)
    #expect(Self.told(Self.plan(.push, sides, isForced: true)) == forcedPush)
    #expect(Self.told(Self.plan(.pull, sides, isForced: true)) == forcedPull)
    #expect(Self.told(Self.plan(.push, sides, removesUnknown: true)) == prunedPush)
    #expect(Self.told(Self.plan(.pull, sides, removesUnknown: true)) == prunedPull)
  }

  @Test func whatIsTheSameIsRememberedAndWhatIsGoneForgotten() {
    let same = Self.plan(.push, "abb").records[Self.key]
    #expect(same?.version == "v")
    #expect(same?.server == Self.item("b")?.fingerprint)
    #expect(Self.plan(.push, "a--").records.isEmpty)
    // What is not settled stays as it was.
    #expect(Self.plan(.push, "abc").records[Self.key]?.server == Self.item("a")?.fingerprint)
    #expect(Self.plan(.push, "aab").records[Self.key]?.server == Self.item("a")?.fingerprint)
  }

  /// Folders are there before what lies in them, and go after it.
  @Test func theOrderFollowsNeeds() {
    let kinds: [(SyncKind, String)] = [
      (.script, "f/a/x"), (.resource, "f/a/r"), (.variable, "f/a/v"), (.folder, "f/a"),
    ]
    var folder: [SyncKey: SyncItem] = [:]
    for (kind, path) in kinds {
      folder[SyncKey(kind, path)] = SyncItem(SyncKey(kind, path), settings: .init())
    }
    let added = SyncPlan(.push, folder: folder, server: [:], state: SyncState())
    #expect(added.changes.map(\.key.kind) == [.folder, .variable, .resource, .script])
    var state = SyncState()
    state.records = folder.mapValues { SyncPlan.record(folder: nil, server: $0) }
    let removed = SyncPlan(.push, folder: [:], server: folder, state: state)
    #expect(removed.changes.map(\.key.kind) == [.script, .resource, .variable, .folder])
    #expect(removed.changes.allSatisfy { $0.kind == .removed })
  }

  /// A file may hold a secret in clear; the server never shows one.
  @Test func aSecretInAFileIsPushedOnce() throws {
    let key = SyncKey(.resource, "f/a/db")
    func item(_ password: String) -> SyncItem {
      SyncItem(
        key,
        settings: ItemFile.resource(
          type: "postgresql", description: "", value: .object(.init(pairs: ["password": .string(password)]))))
    }
    let server = [key: item(SecretMask.text)]
    var state = SyncState()
    func changes(_ direction: SyncPlan.Direction, _ folder: SyncItem) -> [String] {
      SyncPlan(direction, folder: [key: folder], server: server, state: state).changes.map(\.kind.rawValue)
    }
    state.records[key] = SyncPlan.record(folder: item(SecretMask.text), server: item(SecretMask.text))
    #expect(changes(.push, item(SecretMask.text)).isEmpty)
    #expect(changes(.push, item("one")) == ["changed"])
    state.records[key] = SyncPlan.record(folder: item("one"), server: item(SecretMask.text))
    #expect(changes(.push, item("one")).isEmpty)
    #expect(changes(.pull, item("one")).isEmpty)
    #expect(changes(.push, item("two")) == ["changed"])
  }

  /// A pull that was killed has left one file of two, or none.
  @Test func aKilledPullGoesOn() {
    func script(_ text: String, _ summary: String) -> SyncItem {
      SyncItem(
        Self.key, settings: ItemFile.script(summary: summary, description: "", schema: nil), text: text,
        language: "python3")
    }
    let (old, new) = (script("old", "old"), script("new", "new"))
    var state = SyncState()
    state.records[Self.key] = SyncPlan.record(folder: nil, server: old)
    state.pulling[Self.key] = new.fingerprint
    func told(_ folder: SyncItem?, _ server: SyncItem? = new) -> String {
      var sides: ([SyncKey: SyncItem], [SyncKey: SyncItem]) = ([:], [:])
      sides.0[Self.key] = folder
      sides.1[Self.key] = server
      return Self.told(SyncPlan(.pull, folder: sides.0, server: sides.1, state: state))
    }
    #expect(told(old) == "changed")
    #expect(told(script("new", "old")) == "changed")
    #expect(told(script("new", "")) == "changed")
    #expect(told(nil) == "added")
    #expect(told(new) == "nothing")
    #expect(told(script("mine", "old")) == "conflict")
    #expect(told(script("new", "mine")) == "conflict")
    // The server has moved on meanwhile.
    #expect(told(script("new", "old"), script("newer", "newer")) == "changed")
    // What it was removing.
    state.pulling.updateValue(nil, forKey: Self.key)
    #expect(told(script("old", ""), nil) == "removed")
    #expect(told(script("mine", ""), nil) == "conflict")
  }

  @Test func theStateIsReadAsItWasWritten() throws {
    let item = try #require(Self.item("a", version: "0123"))
    var state = SyncState()
    state.records[Self.key] = SyncPlan.record(folder: Self.item("b"), server: item)
    state.records[SyncKey(.variable, "u/ann/é")] = SyncPlan.record(folder: nil, server: item)
    state.pulling[Self.key] = item.fingerprint
    state.pulling.updateValue(nil, forKey: SyncKey(.folder, "f/a"))
    var states = SyncStates()
    states["http://127.0.0.1:8900 main"] = state
    let again = try SyncStates(text: states.text, file: "x")
    #expect(again["http://127.0.0.1:8900 main"].records == state.records)
    #expect(again["http://127.0.0.1:8900 main"].pulling == state.pulling)
    #expect(again["http://127.0.0.1:8900 other"].records.isEmpty)
    for text in [
      "", "{}", "[]", #"{"format":2,"targets":{}}"#, #"{"format":1,"targets":{"a":{"items":{"x":1}}}}"#,
    ] {
      let error = #expect(throws: SyncError.self) { try SyncStates(text: text, file: ".tarn/sync.json") }
      #expect(error?.description.hasPrefix(".tarn/sync.json ") == true)
    }
  }
}
