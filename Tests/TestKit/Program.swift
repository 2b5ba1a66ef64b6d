import Foundation
import Processes

/// Another program, run to its end.
public enum Program {
  /// What a program left.
  public struct Outcome: Sendable {
    /// The exit status, or the number of the signal that ended it.
    public let status: Int32
    public let output: String
  }

  /// Runs a program and waits for it. Blocks the thread.
  ///
  /// - Parameters:
  ///   - environment: all of its variables; nil for those of the tests.
  ///   - input: what it reads.
  ///   - isQuiet: whether what it says of errors is thrown away.
  @discardableResult
  public static func run(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: String = "",
    isQuiet: Bool = false
  ) throws -> Outcome {
    var command = ChildProcess.Command(program, arguments, environment: environment)
    let (written, read) = (Pipe(), Pipe())
    command.input = .pipe(written)
    command.output = .pipe(read)
    if isQuiet { command.errors = .null }
    let process = try ChildProcess(command)
    Thread.detachNewThread {
      // One that reads nothing may have ended.
      try? written.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try? written.fileHandleForWriting.close()
    }
    let output = try read.fileHandleForReading.readToEnd() ?? Data()
    return Outcome(status: process.waitForEnd().code, output: String(decoding: output, as: UTF8.self))
  }

  /// Runs a program on a thread of its own; see ``run(_:_:environment:input:isQuiet:)``.
  public static func finish(
    _ program: String, _ arguments: [String], environment: [String: String]? = nil, input: String = ""
  ) async throws -> Outcome {
    try await onThread { try run(program, arguments, environment: environment, input: input) }
  }
}
