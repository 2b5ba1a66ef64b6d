import ArgumentParser
import Foundation

/// Runs the command line: parses, runs, and turns every end into one line and an exit status.
@main
enum Main {
  static func main() async {
    let work = Task { await run(Array(CommandLine.arguments.dropFirst())) }
    let interruptions = Interruptions { work.cancel() }
    let status = await work.value
    interruptions.stop()
    fflush(nil)
    exit(status.rawValue)
  }

  @concurrent private static func run(_ arguments: [String]) async -> ExitStatus {
    do {
      try WrongUse.checkCommand(arguments)
      var command = try Tarn.parseAsRoot(arguments)
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      return .done
    } catch {
      return report(error)
    }
  }

  private static func report(_ error: any Error) -> ExitStatus {
    switch error {
    case let failure as CommandFailure:
      if let line = failure.line { Console.error(line) }
      return failure.status
    case is RowOutput.ReaderGone:
      return .done
    case is CancellationError:
      Console.error("interrupted")
      return .interrupted
    default:
      break
    }
    let code = Tarn.exitCode(for: error)
    if code == .success {
      print(Tarn.fullMessage(for: error))
      return .done
    }
    guard code == .validationFailure else {
      Console.error(String(describing: error))
      return .failed
    }
    Console.error(WrongUse.line(for: error))
    return .wrongUse
  }
}

/// How a command ended.
enum ExitStatus: Int32 {
  case done = 0
  case failed = 1
  case wrongUse = 2
  case interrupted = 130
}

/// An end that has been told already, or is told in one line.
struct CommandFailure: Error {
  let status: ExitStatus
  let line: String?

  static func wrongUse(_ line: String) -> CommandFailure { CommandFailure(status: .wrongUse, line: line) }
  static func failed(_ line: String) -> CommandFailure { CommandFailure(status: .failed, line: line) }
  /// The command has printed what went wrong.
  static let told = CommandFailure(status: .failed, line: nil)
}
