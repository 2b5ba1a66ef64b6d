import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Terminal
import Workspaces

extension LakeCommand {
  struct Check: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "check", abstract: "Look for damage to a lake, and mend it with --repair.")
    }
    @OptionGroup var options: LakeOptions
    @Flag(name: .long, help: "Read all data, too, not only footers.") var deep = false
    @Option(
      name: .long,
      help: ArgumentHelp(
        "Report files that no version names when they are at least this old.", valueName: "time"))
    var untrackedAge: String = "1h"
    @Flag(name: .long, help: "Mend what is found, after a backup of the catalog.") var repair = false
    @Flag(name: .long, help: "With --repair: say what would be done, and do nothing.") var dryRun = false
    @Flag(
      name: .long,
      help: "With --repair: do repairs, too, that give up rows which are lost or let deleted rows come back.")
    var acceptLoss = false

    func validate() throws {
      if (dryRun || acceptLoss) && !repair {
        throw ValidationError("--dry-run and --accept-loss go with --repair")
      }
      if Self.age(untrackedAge) == nil {
        throw ValidationError("--untracked-age must be a time such as 0, 30m or 24h, not '\(untrackedAge)'")
      }
    }

    private static func age(_ text: String) -> Duration? { text == "0" ? .zero : Quantity.duration(text) }

    func run() async throws {
      let folder = try options.workspace.open().workspace.folder + "/.tarn/backups"
      let isSound = try await options.withLake { lake in
        let check = CheckOptions(deep: deep, untrackedAge: Self.age(untrackedAge) ?? .seconds(3600))
        let progress: @Sendable (CheckProgress) -> Void = { progress in
          Console.transient("checked \(progress.filesRead) of \(progress.files) files")
        }
        guard repair else {
          let report = try await lake.check(check, progress: progress)
          Console.clearTransient()
          if options.json { try JSONOutput.print(report) } else { CheckText.print(report) }
          return report.isSound
        }
        let report = try await lake.repair(
          RepairOptions(check: check, dryRun: dryRun, acceptsLoss: acceptLoss), backupFolder: folder,
          progress: progress)
        Console.clearTransient()
        if options.json { try JSONOutput.print(report) } else { CheckText.print(report) }
        return report.isSound
      }
      if !isSound { throw CommandFailure.told }
    }
  }

  struct Backup: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "backup", abstract: "Write a backup of a lake's catalog, one DuckDB file.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The file to make, or a folder; without it, .tarn/backups in the workspace.") var path:
      String?

    func run() async throws {
      let open = try options.workspace.open()
      let place = path.map(open.path) ?? open.workspace.folder + "/.tarn/backups/"
      try await options.withLake { lake in
        let backup = try await lake.backup(to: place)
        if options.json { return try JSONOutput.print(backup) }
        Console.note(
          "backed up lake '\(lake.name)' as of snapshot \(backup.manifest.snapshot): "
            + "\(backup.manifest.catalogRows) rows of \(backup.manifest.tables.count) catalog tables, "
            + "naming \(backup.manifest.files) files")
        print(backup.path)
      }
    }
  }

  struct Recover: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "recover", abstract: "Make a lake's catalog anew from a backup, and check it.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The backup.") var path: String
    @Flag(name: .long, help: "Put a catalog that can be opened aside, too.") var force = false

    private struct Report: Encodable {
      let recovered: LakeRecovery.Outcome
      let check: CheckReport
    }

    func run() async throws {
      let open = try options.workspace.open()
      let name = try open.lakeName(options.lake)
      guard let lake = open.workspace.lakes.first(where: { $0.name == name }) else { return }
      let outcome = try await LakeRecovery.recover(open.path(path), into: lake, force: force)
      if !options.json {
        Console.note(
          "recovered lake '\(name)' as of snapshot \(outcome.manifest.snapshot) into its \(outcome.catalogKind) catalog"
        )
        if let aside = outcome.setAside { Console.note("the catalog that was there is now \(aside)") }
      }
      let report = try await options.withLake { try await $0.check() }
      if options.json {
        try JSONOutput.print(Report(recovered: outcome, check: report))
      } else {
        CheckText.print(report)
      }
      if !report.isSound { throw CommandFailure.told }
    }
  }
}

/// What a check found, for people.
enum CheckText {
  static func print(_ report: CheckReport) {
    if !report.findings.isEmpty {
      TablePrinter.print(
        ["", "finding", "where", "means", "mends"],
        report.findings.map { [$0.severity.rawValue, $0.kind.rawValue, $0.place, $0.means, $0.mends] })
    }
    for (kind, count) in report.omitted.sorted(by: { $0.key < $1.key }) {
      Swift.print("\(count) more of kind \(kind)")
    }
    Swift.print(summary(report))
  }

  static func print(_ report: RepairReport) {
    if report.steps.isEmpty {
      print(report.before)
      return
    }
    if report.after == nil { print(report.before) }
    if let backup = report.backup { Console.note("backed the catalog up to \(backup)") }
    TablePrinter.print(
      ["repair", "of", "where", "gives up"],
      report.steps.map { [outcome($0), $0.finding.kind.rawValue, $0.finding.place, $0.gives ?? ""] })
    if report.steps.contains(where: { $0.outcome == .needsAcceptLoss }) {
      Console.note("repairs that give something up are done with --accept-loss")
    }
    if let after = report.after { print(after) }
  }

  private static func outcome(_ step: RepairReport.Step) -> String {
    switch step.outcome {
    case .done: "done: \(step.repair)"
    case .planned: "would: \(step.repair)"
    case .needsAcceptLoss: "not done: \(step.repair)"
    case .waits: "waits: \(step.repair)"
    }
  }

  private static func summary(_ report: CheckReport) -> String {
    let read = report.deep ? "read all data of" : "read the footers of"
    let head = "lake '\(report.lake)', snapshot \(report.snapshot): \(read) \(report.files) files"
    guard !report.findings.isEmpty else { return head + "; nothing is wrong" }
    let counts = CheckFinding.Severity.allCases.compactMap { severity -> String? in
      let count = report.count(severity)
      return count == 0 ? nil : "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }
    return head + "; " + counts.joined(separator: ", ")
  }
}
