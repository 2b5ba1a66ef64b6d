internal import Foundation
internal import JSON

/// A Python process that has imported what scripts need, and forks one process for each script: so a script starts in
/// milliseconds, and nothing of one is left for the next.
actor PythonHost {
  private struct Call {
    var process: Int32?
    var isCancelled = false
    let continuation: CheckedContinuation<Int, any Error>
  }

  private let python: String
  private let folder: String
  private var process: Process?
  private var input: FileHandle?
  private var generation = 0
  private var calls: [Int: Call] = [:]
  private var nextNumber = 0

  /// - Parameters:
  ///   - python: the program, by its path.
  ///   - folder: for the host's own files.
  init(python: String, folder: String) {
    self.python = python
    self.folder = folder
  }

  /// Runs the script that lies in a folder, to its end. When the task is cancelled, it and all that it has started are killed.
  ///
  /// - Parameters:
  ///   - environment: all that the script sees.
  ///   - memory: address space that it may have, in bytes.
  /// - Returns: its exit status; negative for a signal.
  /// - Throws: ``PythonHostError``.
  func run(in folder: String, environment: [String: String], memory: Int) async throws -> Int {
    try startIfNeeded()
    nextNumber += 1
    let number = nextNumber
    let call = JSONObject(pairs: [
      "number": .int(number), "folder": .string(folder), "memory": .int(memory),
      "environment": .object(
        JSONObject(
          environment.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
    ])
    let line = [UInt8]((JSONValue.object(call).text + "\n").utf8)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        calls[number] = Call(continuation: continuation)
        do { try input?.write(contentsOf: Data(line)) } catch {
          calls.removeValue(forKey: number)?.continuation.resume(throwing: PythonHostError.ended)
        }
      }
    } onCancel: {
      Task { await self.cancel(number) }
    }
  }

  /// Ends the host and all that it runs.
  func close() {
    try? input?.close()
    input = nil
  }

  // MARK: The process

  private func startIfNeeded() throws {
    guard input == nil else { return }
    let program = folder + "/python_host.py"
    let text = String(decoding: PackageResources.python_host_py, as: UTF8.self)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try text.write(toFile: program, atomically: true, encoding: .utf8)
    } catch { throw PythonHostError("cannot write '\(program)': \(error.localizedDescription)") }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    // Without the folder of the program in the search path, and without files of compiled code beside it.
    process.arguments = ["-B", program]
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8", "PYTHONUTF8": "1",
      "PYTHONUNBUFFERED": "1",
    ]
    let (commands, events) = (Pipe(), Pipe())
    process.standardInput = commands
    process.standardOutput = events
    generation += 1
    let generation = generation
    do { try process.run() } catch {
      throw PythonHostError("cannot start '\(python)': \(error.localizedDescription)")
    }
    self.process = process
    input = commands.fileHandleForWriting
    let output = events.fileHandleForReading
    Thread.detachNewThread { [weak self] in
      var rest: [UInt8] = []
      while case let data = output.availableData, !data.isEmpty {
        rest += data
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
          let line = String(decoding: rest[..<end], as: UTF8.self)
          rest.removeSubrange(...end)
          Task { await self?.hear(line) }
        }
      }
      Task { await self?.hostEnded(generation) }
    }
  }

  private func hear(_ line: String) {
    guard let event = (try? JSONValue(parsing: line))?.object, let number = event["number"]?.int,
      calls[number] != nil
    else { return }
    if let process = event["process"]?.int {
      // Lines may be heard in another order than they came: a call that has ended is not there any more.
      calls[number]?.process = Int32(process)
      if calls[number]?.isCancelled == true { kill(-Int32(process), SIGKILL) }
    } else if let status = event["status"]?.int {
      calls.removeValue(forKey: number)?.continuation.resume(returning: status)
    }
  }

  private func cancel(_ number: Int) {
    calls[number]?.isCancelled = true
    // Its group: also what it has started.
    if let process = calls[number]?.process { kill(-process, SIGKILL) }
  }

  private func hostEnded(_ generation: Int) {
    guard generation == self.generation else { return }
    try? input?.close()
    input = nil
    process = nil
    let lost = calls.values
    calls = [:]
    for call in lost { call.continuation.resume(throwing: PythonHostError.ended) }
  }
}

/// Why scripts cannot be run.
struct PythonHostError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }

  static let ended = PythonHostError(
    "the process that Python scripts are started from has ended; run the script again")
}
