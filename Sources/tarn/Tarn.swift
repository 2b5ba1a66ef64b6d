import ArgumentParser

/// The command line: `tarn COMMAND`.
struct Tarn: AsyncParsableCommand {
  static let version = "0.1.0"

  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "tarn",
      abstract: "A lakehouse in one binary: named lakes, scripts, pipelines.",
      discussion:
        "Start with: tarn init, then tarn sql. Results go to standard output, all else to standard error.",
      version: version,
      subcommands: [
        InitCommand.self, SQLCommand.self, RunCommand.self, AppendCommand.self, LoadCommand.self,
        LakeCommand.self,
        PipelineCommand.self, UpCommand.self, ServerCommand.self, WorkerCommand.self, TokenCommand.self,
        MemberCommand.self, GrantCommand.self, RevokeCommand.self, GrantsCommand.self, WorkspaceCommand.self,
        PullCommand.self, PushCommand.self,
        BackupCommand.self, RestoreCommand.self,
        ExampleCommand.self, DoctorCommand.self,
      ])
  }
}
