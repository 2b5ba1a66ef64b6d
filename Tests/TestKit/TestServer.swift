import Foundation

/// A server that runs as long as this test process, started by a command that ends when its standard input does: then
/// it ends even when the tests crash.
public final class TestServer: Sendable {
  private let process: Process
  private let input: Pipe

  /// Starts the command and waits for a line that holds a text.
  ///
  /// - Returns: the server and that line.
  /// - Throws: ``Failure`` with the command's output when it ends before.
  public static func start(
    _ executable: String, _ arguments: [String], until text: String
  ) async throws -> (server: TestServer, line: String) {
    let process = Process()
    let input = Pipe()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    // Were it left open in this or another child, the server would not notice that the tests have ended.
    _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    try process.run()
    let server = TestServer(process, input)
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
    let process = process
    await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        process.waitUntilExit()
        continuation.resume()
      }
    }
  }

  private init(_ process: Process, _ input: Pipe) {
    self.process = process
    self.input = input
  }
}
