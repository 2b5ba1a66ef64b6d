import ArgumentParser
import Sync

struct PushCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "push",
      abstract: "Bring a folder's scripts, resources, variables and folders to a server.",
      discussion: """
        A script that was changed becomes a new version. What both sides have changed since they were the same is a \
        conflict, and nothing is sent. It takes a developer's token.
        """)
  }

  @OptionGroup var options: SyncOptions

  func run() async throws { try await SyncRun(.push, options).run() }
}
