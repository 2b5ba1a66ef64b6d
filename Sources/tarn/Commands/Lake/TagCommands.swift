import ArgumentParser
import Foundation
import Lake
import Terminal

extension LakeCommand {
  struct Tag: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "tag", abstract: "Give a snapshot a name; it is then never expired.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The name: letters, digits, '-', '_', '.'.") var name: String
    @Option(name: .long, help: "Which snapshot: a number, a time, or another tag; without it, the newest.")
    var at: String?
    @Option(name: .long, help: "What it is for.") var note: String?

    func run() async throws {
      try await options.withLake { lake in
        let snapshot = if let at { try await lake.snapshot(at) } else { try await lake.currentSnapshot() }
        let tag = try await lake.tag(name, at: snapshot, author: Author.name, note: note)
        if options.json { return try JSONOutput.print(tag) }
        Console.note("tagged snapshot \(tag.snapshot) as '\(name)'")
      }
    }
  }

  struct Protect: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "protect", abstract: "Keep a snapshot from expiring.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "The snapshot: a number, a time, or a tag.") var snapshot: String
    @Option(name: .long, help: "Why.") var note: String?

    func run() async throws {
      try await options.withLake { lake in
        let tag = try await lake.protect(
          try await lake.snapshot(snapshot), author: Author.name, note: note)
        if options.json { return try JSONOutput.print(tag) }
        Console.note("snapshot \(tag.snapshot) is protected")
      }
    }
  }

  struct Untag: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(
        commandName: "untag", abstract: "Remove a tag, or a snapshot's protection.")
    }
    @OptionGroup var options: LakeOptions
    @Argument(help: "A tag's name, or a protected snapshot's number.") var tag: String

    func run() async throws {
      try await options.withLake { lake in
        let removed = try await lake.untag(tag)
        if options.json { return try JSONOutput.print(removed) }
        Console.note(
          removed.name.map { "removed tag '\($0)' from snapshot \(removed.snapshot)" }
            ?? "snapshot \(removed.snapshot) is no longer protected")
      }
    }
  }

  struct Tags: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
      CommandConfiguration(commandName: "tags", abstract: "Tags and protected snapshots.")
    }
    @OptionGroup var options: LakeOptions

    func run() async throws {
      try await options.withLake { lake in
        let tags = try await lake.tags()
        if options.json { return try JSONOutput.print(tags) }
        let rows = tags.map { tag in
          [
            String(tag.snapshot), tag.name ?? "(protected)", tag.created.formatted(.iso8601),
            tag.author ?? "",
            tag.note ?? "",
          ]
        }
        TablePrinter.print(["snapshot", "tag", "made", "by", "note"], rows)
      }
    }
  }
}

/// Who works at this terminal, as it stands with what they do.
enum Author {
  static var name: String { NSUserName() }
}
