import ArgumentParser
import Foundation
import Lake
import LakeSettings
import Terminal

extension LakeCommand {
  /// `tarn lake branch`: try changes on a branch, and merge or drop it.
  struct BranchCommand: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "branch", abstract: "Branches: make, list, compare, merge, drop.",
        discussion: "A branch is a lake of its own, LAKE@BRANCH, which shares the lake's files.",
        subcommands: [Create.self, List.self, Diff.self, Merge.self, Drop.self],
        defaultSubcommand: Create.self)
    }
  }
}

extension LakeCommand.BranchCommand {
  struct Create: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "create", abstract: "Make a branch; no file is copied.")
    }
    @OptionGroup var options: LakeCommand.LakeOptions
    @Argument(help: "The branch's name: lower-case letters, digits and _.") var name: String
    @Option(
      name: .long, help: "The snapshot to start from: its number, or a time such as 2026-11-20T09:30:00Z.")
    var at: String?

    func run() async throws {
      let name = try BranchName(self.name)
      let point = try at.map(SnapshotArgument.parse)
      try await options.withLake { lake in
        let branch = try await lake.createBranch(name, at: point, author: NSUserName())
        if options.json { return try JSONOutput.print(branch) }
        Console.note(
          "made branch '\(name)' at snapshot \(branch.base); its name is \(branch.lake), in SQL \(branch.alias)"
        )
      }
    }
  }

  struct List: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "list", abstract: "The branches of a lake.")
    }
    @OptionGroup var options: LakeCommand.LakeOptions

    func run() async throws {
      try await options.withLake { lake in
        let branches = try await lake.branches()
        if options.json { return try JSONOutput.print(branches) }
        let rows = branches.map {
          [
            $0.name, $0.alias, String($0.base), $0.created.formatted(.iso8601), $0.author ?? "",
            $0.isComplete ? "" : "not complete: make it again, or drop it",
          ]
        }
        TablePrinter.print(
          ["branch", "in SQL", TextTable.Column("base", .right), "since", "author", "note"], rows)
      }
    }
  }

  struct Diff: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "diff", abstract: "What a branch changed, and what a merge could not apply.")
    }
    @OptionGroup var options: LakeCommand.LakeOptions
    @Argument(help: "The branch.") var name: String

    func run() async throws {
      let name = try BranchName(self.name)
      try await options.withLake { lake in
        let result = try await lake.compareBranch(name)
        if options.json { return try JSONOutput.print(result) }
        ChangeTable.print(result.changes)
      }
    }
  }

  struct Merge: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "merge",
        abstract: "Apply a branch's changes to its lake as one snapshot, or report conflicts.")
    }
    @OptionGroup var options: LakeCommand.LakeOptions
    @Argument(help: "The branch.") var name: String
    @Flag(name: .long, help: "Drop the branch afterwards; else it begins anew from the merged snapshot.")
    var drop = false

    func run() async throws {
      let name = try BranchName(self.name)
      try await options.withLake { lake in
        let result = try await lake.mergeBranch(name, author: NSUserName())
        if result.conflicts.isEmpty, drop { try await lake.dropBranch(name) }
        let count = result.conflicts.count
        if let snapshot = result.snapshot {
          Console.note("merged branch '\(name)' as snapshot \(snapshot)" + (drop ? " and dropped it" : ""))
        } else if count == 0 {
          Console.note("branch '\(name)' has nothing to merge" + (drop ? ", and is dropped" : ""))
        }
        if options.json {
          try JSONOutput.print(result)
        } else {
          ChangeTable.print(count == 0 ? result.changes : result.conflicts)
        }
        guard count > 0 else { return }
        throw CommandFailure.failed(
          "nothing was merged: \(count) \(count == 1 ? "change stands" : "changes stand") against changes of lake '\(lake.name)'"
        )
      }
    }
  }

  struct Drop: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "drop", abstract: "Remove a branch: its catalog and the files that it wrote.")
    }
    @OptionGroup var options: LakeCommand.LakeOptions
    @Argument(help: "The branch.") var name: String
    @Flag(name: .long, help: "Also with changes that were never merged.") var force = false

    func run() async throws {
      let name = try BranchName(self.name)
      try await options.withLake { lake in
        try await lake.dropBranch(name, force: force)
        if options.json { return try JSONOutput.print(["dropped": name.text]) }
        Console.note("dropped branch '\(name)'")
      }
    }
  }
}

/// The changes of a branch, as a table.
private enum ChangeTable {
  static func print(_ changes: [BranchChange]) {
    guard !changes.isEmpty else { return }
    let rows = changes.map {
      [
        $0.kind, $0.name, $0.change, $0.added.map { "+\($0)" } ?? "", $0.removed.map { "-\($0)" } ?? "",
        $0.conflict ?? "",
      ]
    }
    TablePrinter.print(
      ["kind", "name", "change", TextTable.Column("added", .right), .init("removed", .right), "conflict"],
      rows)
  }
}

/// A snapshot on the command line: its number, or a time.
private enum SnapshotArgument {
  static func parse(_ text: String) throws -> SnapshotReference {
    if let id = Int64(text) { return .version(id) }
    guard let date = try? Date(text, strategy: .iso8601) else {
      throw CommandFailure.wrongUse(
        "--at takes a snapshot's number or a time such as 2026-11-20T09:30:00Z, not '\(text)'")
    }
    return .time(date)
  }
}
