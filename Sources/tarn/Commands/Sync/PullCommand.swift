import ArgumentParser
import Sync

struct PullCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "pull",
      abstract: "Bring a server's scripts, resources, variables and folders into a folder.",
      discussion: """
        The folder may be a git repository. What both sides have changed since they were the same is a conflict, and \
        nothing is written. Secrets never come.
        """)
  }

  @OptionGroup var options: SyncOptions

  func run() async throws { try await SyncRun(.pull, options).run() }
}
