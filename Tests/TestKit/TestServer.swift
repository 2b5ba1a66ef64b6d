import Foundation
import Processes

/// A server that runs as long as this test process, started by a command that ends when its standard input does: then
/// it ends even when the tests crash.
public final class TestServer: Sendable {
  private let process: ChildProcess
  private let input: Pipe

  /// Starts the command and waits for a line that holds a text.
  ///
  /// - Returns: the server and that line.
  /// - Throws: ``Failure`` with the command's output when it ends before.
  public static func start(
    _ executable: String, _ arguments: [String], until text: String
  ) async throws -> (server: TestServer, line: String) {
    let input = Pipe()
    let output = Pipe()
    var command = ChildProcess.Command(executable, arguments, folder: "/")
    command.input = .pipe(input)
    command.output = .pipe(output)
    command.errors = .pipe(output)
    let server = TestServer(try ChildProcess(command), input)
    return try await withCheckedThrowingContinuation { continuation in
      let handle = output.fileHandleForReading
      Thread.detachNewThread {
        var seen = ""
        var isReady = false
        while true {
          // Unlike read(upToCount:), this returns what is there.
          let data = handle.availableData
          guard !data.isEmpty else { break }
          // Read to the end, or the server would wait for room in the pipe.
          guard !isReady else { continue }
          seen += String(decoding: data, as: UTF8.self)
          let lines = seen.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
          if let line = lines.first(where: { $0.contains(text) }) {
            isReady = true
            continuation.resume(returning: (server, String(line)))
          }
        }
        if !isReady { continuation.resume(throwing: Failure(description: "no \(executable): \(seen)")) }
      }
    }
  }

  public struct Failure: Error, CustomStringConvertible { public let description: String }

  /// Ends the server and waits for its end.
  public func end() async {
    try? input.fileHandleForWriting.close()
    await process.end()
  }

  private init(_ process: ChildProcess, _ input: Pipe) {
    self.process = process
    self.input = input
  }
}
