import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Terminal

extension LakeCommand {
  struct Maintain: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "maintain",
        abstract: "Keep a lake small and fast: flush, rewrite, merge, expire, clean up.",
        discussion: "What is done and when stands in tarn.yaml, below lakes.NAME.maintenance.")
    }
    @OptionGroup var options: LakeOptions
    @Flag(name: .long, help: "Only show what would be done.") var dryRun = false
    @Option(name: .long, help: "Only what is done to one table: TABLE or SCHEMA.TABLE.") var table: String?
    @Option(
      name: .long,
      help: ArgumentHelp("Only these tasks, such as flush,merge.", valueName: "tasks"))
    var only: String?
    @Option(
      name: .long,
      help: ArgumentHelp("Go on until stopped, and look this often, such as 10m.", valueName: "time"))
    var every: String?
    @Flag(name: .long, help: "Show what was done so far.") var history = false
    @Option(name: .long, help: "How many lines of history at most.") var limit: Int = 50

    func validate() throws {
      if let every, Quantity.duration(every) == nil {
        throw ValidationError("--every must be a time such as 30s or 10m, not '\(every)'")
      }
      if every != nil, dryRun || history || options.json {
        throw ValidationError("--every goes with neither --dry-run, --history nor --json")
      }
      if history, dryRun || only != nil || table != nil {
        throw ValidationError("--history goes with neither --dry-run, --only nor --table")
      }
      if limit < 1 { throw ValidationError("--limit must be at least 1") }
      _ = try tasks()
    }

    func run() async throws {
      if let every, let pause = Quantity.duration(every) { return try await repeatEvery(pause) }
      try await options.withLake { lake in
        if history {
          return try MaintenanceText.print(
            try await lake.maintenanceHistory(limit: limit), json: options.json)
        }
        let maintenance = LakeMaintenance(of: lake)
        let scope = LakeMaintenance.Scope(tasks: try tasks(), table: table.map(TableArgument.named))
        if dryRun { return try MaintenanceText.print(try await maintenance.plan(scope), json: options.json) }
        let outcomes = try await maintenance.run(scope) { outcome in
          Console.transient("\(outcome.task.rawValue) \(outcome.table ?? "")")
        }
        Console.clearTransient()
        try MaintenanceText.print(outcomes, json: options.json)
        let failed = outcomes.count { $0.result == .failed }
        if failed > 0 {
          throw CommandFailure.failed("\(HumanText.count(failed, "piece")) of maintenance failed")
        }
      }
    }

    /// The service form. Each round opens the lake anew: a SQLite catalog is free in between, and a round that fails, or
    /// whose engine does, is told and tried again.
    private func repeatEvery(_ pause: Duration) async throws {
      let scope = LakeMaintenance.Scope(tasks: try tasks(), table: table.map(TableArgument.named))
      // What can never work is told at once.
      _ = try options.workspace.open().lakeName(options.lake)
      while true {
        do {
          let outcomes = try await options.withLake { try await LakeMaintenance(of: $0).run(scope) }
          for outcome in outcomes { Console.note(MaintenanceText.line(outcome)) }
        } catch let error as LakeError {
          Console.error(error.description)
        }
        try await Task.sleep(for: pause)
      }
    }

    private func tasks() throws -> Set<MaintenanceTask>? {
      guard let only else { return nil }
      let known = MaintenanceTask.allCases.map(\.rawValue)
      let names = only.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      let tasks = try names.map { name in
        guard let task = MaintenanceTask(rawValue: name) else {
          throw ValidationError("--only knows \(known.joined(separator: ", ")), not '\(name)'")
        }
        return task
      }
      guard !tasks.isEmpty else {
        throw ValidationError("--only needs one of \(known.joined(separator: ", "))")
      }
      return Set(tasks)
    }
  }
}

extension TableArgument {
  fileprivate static func named(_ text: String) -> (schema: String, name: String) {
    let (schema, table) = split(text)
    return (schema, table)
  }
}
