import DuckDB
import Foundation
import LakeSettings
import SQLText

/// How a lake is repaired.
public struct RepairOptions: Sendable, Hashable {
  /// How it is checked before and afterwards.
  public var check: CheckOptions
  /// Says what would be done, and does nothing.
  public var dryRun: Bool
  /// Does repairs, too, that give up what is lost: rows of files that are gone, or deletions.
  public var acceptsLoss: Bool

  public init(check: CheckOptions = CheckOptions(), dryRun: Bool = false, acceptsLoss: Bool = false) {
    self.check = check
    self.dryRun = dryRun
    self.acceptsLoss = acceptsLoss
  }
}

/// What a repair did.
public struct RepairReport: Sendable, Hashable, Codable {
  /// One finding and what came of it.
  public struct Step: Sendable, Hashable, Codable {
    /// What became of it.
    public enum Outcome: String, Sendable, Codable {
      /// It is mended.
      case done
      /// It would be mended.
      case planned
      /// It would give something up, which was not accepted.
      case needsAcceptLoss = "needs_accept_loss"
      /// It waits for rows of snapshots that never were: a repair would make them visible.
      case waits
    }

    /// The repair's name.
    public let repair: String
    public let finding: CheckFinding
    /// What is given up by it, in words; nil when nothing is.
    public let gives: String?
    public let outcome: Outcome
  }

  /// What was found before.
  public let before: CheckReport
  /// The repairs, in the order in which they were done.
  public let steps: [Step]
  /// Where the backup is that was made first; nil when nothing was changed.
  public let backup: String?
  /// What is found now; nil when nothing was changed.
  public let after: CheckReport?

  /// Whether the lake is sound now.
  public var isSound: Bool { (after ?? before).isSound }
}

extension Lake {
  /// Mends what a check finds, after a backup of the catalog.
  ///
  /// Each kind of repair is one transaction on the catalog, with the lake's turn, and leaves a snapshot that tells of
  /// it. No file is changed or removed. Repairs that give something up are done only when that is accepted. Then the
  /// lake is checked again.
  ///
  /// - Parameters:
  ///   - options: how to check, and how far repairs may go.
  ///   - backupFolder: absolute path of the folder for the backup; made when it is missing.
  ///   - progress: told how far the checks are.
  /// - Throws: ``LakeError``; the repairs before the one that failed are done, and the backup is kept.
  public func repair(
    _ options: RepairOptions = RepairOptions(), backupFolder: String,
    progress: (@Sendable (CheckProgress) -> Void)? = nil
  ) async throws -> RepairReport {
    let before = try await check(options.check, progress: progress)
    let plan = RepairPlan(before.findings, options)
    guard !options.dryRun, plan.steps.contains(where: { $0.outcome == .planned }) else {
      return RepairReport(before: before, steps: plan.steps, backup: nil, after: nil)
    }
    let folder = backupFolder.hasSuffix("/") ? backupFolder : backupFolder + "/"
    let backup = try await backup(to: folder)
    let statements = RepairStatements(
      name: { self.metadata($0) }, dataPath: configuration.storage.dataPath)
    for (repair, targets) in plan.transactions {
      // Several statements for each: not so many at once that others wait long for the turn.
      for start in stride(from: 0, to: targets.count, by: 200) {
        let some = targets[start..<min(start + 200, targets.count)]
        var all = some.compactMap { statements.statements(for: $0) }.flatMap { $0 }
        guard !all.isEmpty else { continue }
        all += statements.snapshot(for: repair, count: some.count)
        try await runTrusted(all.joined(separator: ";\n"))
      }
    }
    let after = try await check(options.check, progress: progress)
    return RepairReport(before: before, steps: plan.done, backup: backup.path, after: after)
  }
}

/// Which findings are mended, and in what order.
struct RepairPlan: Sendable {
  let steps: [RepairReport.Step]

  init(_ findings: [CheckFinding], _ options: RepairOptions) {
    let mendable = findings.filter { $0.target != nil }
    func isAccepted(_ finding: CheckFinding) -> Bool { finding.target?.loss == nil || options.acceptsLoss }
    let isBlocked = mendable.contains { $0.target?.repair == .removeDanglingRows && !isAccepted($0) }
    steps = RepairName.allCases.flatMap { name in
      mendable.filter { $0.target?.repair == name }.map { finding in
        let outcome: RepairReport.Step.Outcome =
          if !isAccepted(finding) { .needsAcceptLoss } else if isBlocked { .waits } else { .planned }
        return RepairReport.Step(
          repair: name.rawValue, finding: finding, gives: finding.target?.loss, outcome: outcome)
      }
    }
  }

  /// The steps, once they are done.
  var done: [RepairReport.Step] {
    steps.map { step in
      guard step.outcome == .planned else { return step }
      return RepairReport.Step(repair: step.repair, finding: step.finding, gives: step.gives, outcome: .done)
    }
  }

  /// What is changed together, each thing once.
  var transactions: [(RepairName, [RepairTarget])] {
    RepairName.allCases.compactMap { name in
      var seen: Set<RepairTarget> = []
      let targets = steps.filter { $0.outcome == .planned }.compactMap(\.finding.target)
        .filter { $0.repair == name && seen.insert($0).inserted }
      return targets.isEmpty ? nil : (name, targets)
    }
  }
}
