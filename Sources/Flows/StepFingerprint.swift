public import Scripts

/// What a step's last success depended on, and what it left: the rule for "unchanged since then".
///
/// The caller turns everything into texts that are equal when nothing has changed: hashes of the script and of
/// its argument values, a snapshot or table id for a table, size and time for a file.
public struct StepFingerprint: Sendable, Hashable, Codable {
  /// The version of the rule and of what Tarn does with a script: a record of another version is not trusted.
  public static let currentRule = 1

  /// A hash of the script's source.
  public var script: String

  /// A hash of the argument values.
  public var arguments: String

  /// The version of each thing that the step reads, by asset; what does not exist is left out.
  public var inputs: [String: String]

  /// The version of each thing that the step writes, by asset; what does not exist is left out.
  public var outputs: [String: String]

  /// The rule's version.
  public var rule: Int

  /// Makes a fingerprint.
  /// - Parameters:
  ///   - script: A hash of the script's source.
  ///   - arguments: A hash of the argument values.
  ///   - inputs: The version of each thing that the step reads; `nil` for what does not exist.
  ///   - outputs: The version of each thing that the step writes; `nil` for what does not exist.
  ///   - rule: The rule's version.
  public init(
    script: String, arguments: String = "", inputs: [Asset: String?] = [:], outputs: [Asset: String?] = [:],
    rule: Int = StepFingerprint.currentRule
  ) {
    self.script = script
    self.arguments = arguments
    self.inputs = Self.texts(inputs)
    self.outputs = Self.texts(outputs)
    self.rule = rule
  }

  /// What to record after a success: the inputs as they were before the step ran, so that a change in the middle
  /// of the run is noticed the next time, and the outputs as it left them.
  /// - Parameters:
  ///   - before: The fingerprint that was taken when the step was started.
  ///   - outputs: The version of each thing that the step writes, taken after it committed.
  public static func afterSuccess(
    _ before: StepFingerprint, outputs: [Asset: String?]
  ) -> StepFingerprint {
    var record = before
    record.outputs = texts(outputs)
    return record
  }

  /// Decides whether a step has to run.
  ///
  /// Ask when the step's turn has come: the steps before it are done then, and its inputs are final. A step whose
  /// predecessor ran but left its outputs as they were is thus not run either.
  ///
  /// What a step both reads and writes (an incremental script reads the table it appends to) counts as output:
  /// it may be as the step itself left it.
  /// - Parameters:
  ///   - record: What was recorded after the last success, `nil` if there was none.
  ///   - now: The fingerprint as things stand.
  ///   - isForced: Whether to run in any case.
  public static func decide(
    record: StepFingerprint?, now: StepFingerprint, isForced: Bool = false
  ) -> StepDecision {
    if isForced { return .run([.forced]) }
    guard let record else { return .run([.neverRan]) }
    guard record.rule == now.rule else { return .run([.ruleChanged]) }
    var reasons: [RunReason] = []
    if record.script != now.script { reasons.append(.scriptChanged) }
    if record.arguments != now.arguments { reasons.append(.argumentsChanged) }
    let own = Set(record.outputs.keys).union(now.outputs.keys)
    for name in Set(record.inputs.keys).union(now.inputs.keys).subtracting(own).sorted() {
      switch (record.inputs[name], now.inputs[name]) {
      case (let before, let version) where before == version: break
      case (_, nil): reasons.append(.inputMissing(name))
      case (nil, _): reasons.append(.inputAdded(name))
      default: reasons.append(.inputChanged(name))
      }
    }
    for name in own.sorted() {
      switch (record.outputs[name], now.outputs[name]) {
      case (let before, let version) where before == version: break
      case (_, nil): reasons.append(.outputMissing(name))
      default: reasons.append(.outputChanged(name))
      }
    }
    return reasons.isEmpty ? .upToDate : .run(reasons)
  }

  private static func texts(_ versions: [Asset: String?]) -> [String: String] {
    var texts: [String: String] = [:]
    for (asset, version) in versions {
      // One script may write a table's name in two ways, and reading and writing it is the same table.
      let name = asset.kind == .ducklake ? asset.description.lowercased() : asset.description
      texts[name] = version
    }
    return texts
  }
}

/// Whether a step has to run.
public enum StepDecision: Sendable, Hashable {
  /// It has to, for these reasons. Never empty.
  case run([RunReason])
  /// Nothing has changed since its last success.
  case upToDate
}

/// Why a step has to run. Its description is fit for a display: `input orders changed`.
public enum RunReason: Sendable, Hashable, CustomStringConvertible {
  /// The caller asked for it.
  case forced
  /// No success is recorded.
  case neverRan
  /// The record was made by another version of Tarn.
  case ruleChanged
  /// The script's source changed.
  case scriptChanged
  /// Argument values changed.
  case argumentsChanged
  /// An input has another version.
  case inputChanged(String)
  /// An input was not there at the last success.
  case inputAdded(String)
  /// An input is gone.
  case inputMissing(String)
  /// An output is no longer as the step left it.
  case outputChanged(String)
  /// An output is gone.
  case outputMissing(String)

  /// The reason in a few words.
  public var description: String {
    switch self {
    case .forced: "forced"
    case .neverRan: "never ran"
    case .ruleChanged: "last run by another version of Tarn"
    case .scriptChanged: "script changed"
    case .argumentsChanged: "arguments changed"
    case .inputChanged(let name): "input \(Self.short(name)) changed"
    case .inputAdded(let name): "input \(Self.short(name)) is new"
    case .inputMissing(let name): "input \(Self.short(name)) missing"
    case .outputChanged(let name): "output \(Self.short(name)) changed"
    case .outputMissing(let name): "output \(Self.short(name)) missing"
    }
  }

  private static func short(_ name: String) -> String {
    for prefix in ["ducklake://main/", "ducklake://", "file://"] where name.hasPrefix(prefix) {
      return String(name.dropFirst(prefix.count))
    }
    return name
  }
}
