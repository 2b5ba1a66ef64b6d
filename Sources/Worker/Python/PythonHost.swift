internal import Foundation
internal import JSON
internal import Synchronization

/// A Python process that has imported what scripts need, and forks one process for each script: so a script starts in
/// milliseconds, and nothing of one is left for the next.
actor PythonHost {
  /// What scripts can import: Python's own modules, and those of packages.
  struct Importable: Sendable {
    let modules: Set<String>
    let packages: Set<String>
  }

  private let limits: ScriptLimits
  private let process: SandboxedProcess
  private let input: ProcessInput
  private var isOpen = true
  private var calls: [Int: CheckedContinuation<Int, any Error>] = [:]
  private var nextNumber = 0
  private var known: Importable?
  private var asking: [CheckedContinuation<Importable, any Error>] = []
  private var isRetired = false

  private var runs = 0
  private var underWay = 0

  /// Starts the process.
  ///
  /// - Parameters:
  ///   - python: the program, by its path.
  ///   - packages: the folder of packages that scripts have asked for; nil for those of the program itself.
  ///   - folder: for the host's own files; there before.
  /// - Throws: ``ScriptProcessError``.
  init(python: String, packages: String?, folder: String, limits: ScriptLimits) throws(ScriptProcessError) {
    self.limits = limits
    let events = Pipe()
    let input = try ProcessInput()
    defer { input.started() }
    self.input = input
    // Without files of compiled code beside it.
    process = try SandboxedProcess(
      .init(
        command: [python, "-B"] + (packages == nil ? [] : ["-S"]) + [folder + "/python_host.py"]
          + [packages].compactMap(\.self),
        environment: ScriptRun.baseEnvironment(in: folder), folder: folder,
        input: input.other,
        output: events.fileHandleForWriting.fileDescriptor, errors: STDERR_FILENO, limits: nil))
    try? events.fileHandleForWriting.close()
    let output = events.fileHandleForReading
    let lines = AsyncStream<String> { continuation in
      let thread = Thread {
        var rest: [UInt8] = []
        while case let data = output.availableData, !data.isEmpty {
          rest += data
          while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            continuation.yield(String(decoding: rest[..<end], as: UTF8.self))
            rest.removeSubrange(...end)
          }
        }
        continuation.finish()
      }
      thread.name = "tarn-python"
      thread.start()
    }
    Task { [weak self] in
      for await line in lines { await self?.hear(line) }
      await self?.hostEnded()
    }
  }

  /// Writes the program that the process runs.
  ///
  /// - Throws: ``ScriptProcessError``.
  static func writeProgram(to folder: String) throws(ScriptProcessError) {
    let place = try ScriptFolder(folder)
    try place.write(String(decoding: PackageResources.python_host_py, as: UTF8.self), to: "python_host.py")
    try place.write(
      String(decoding: PackageResources.python_sandbox_py, as: UTF8.self), to: "python_sandbox.py")
    // The package tarn, for scripts.
    let client = try ScriptFolder(folder + "/clients/tarn")
    for (name, bytes) in [
      ("__init__", PackageResources.__init___py), ("client", PackageResources.client_py),
      ("results", PackageResources.results_py), ("transport", PackageResources.transport_py),
      ("values", PackageResources.values_py),
    ] {
      try client.write(String(decoding: bytes, as: UTF8.self), to: name + ".py")
    }
  }

  /// Promises it one more script, for which ``run(in:environment:)`` is called then.
  ///
  /// - Returns: false when it has ended, or has run enough.
  func take() -> Bool {
    guard isOpen, !isRetired, runs < limits.scriptsPerHost else { return false }
    runs += 1
    underWay += 1
    return true
  }

  /// Takes a promise back: there is no script after all.
  func giveBack() {
    runs -= 1
    end()
  }

  private func end() {
    underWay -= 1
    closeWhenDone()
  }

  /// Runs the script that lies in a folder, to its end. When the task is cancelled, it and all that it has started are killed.
  ///
  /// - Parameters:
  ///   - environment: all that the script sees.
  ///   - imports: what it imports; processes for the next scripts may import it beforehand.
  /// - Returns: its exit status; negative for a signal.
  /// - Throws: ``ScriptProcessError``.
  func run(in folder: String, environment: [String: String], imports: [String]) async throws -> Int {
    nextNumber += 1
    let number = nextNumber
    func list(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }
    let call = JSONObject(pairs: [
      "number": .int(number), "folder": .string(folder), "memory": .int(limits.memory),
      "file_size": .int(limits.fileSize), "processor_seconds": .int(limits.processorSeconds),
      "imports": list(imports), "readable": list(ScriptLimits.ofTheSystem + limits.readable),
      "writable": list(ScriptLimits.devices),
      "environment": .object(
        JSONObject(
          environment.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })),
    ])
    defer { end() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        calls[number] = continuation
        if !say(call) { calls.removeValue(forKey: number)?.resume(throwing: Self.ended) }
        // Cancelled before it was there to be cancelled.
        if Task.isCancelled { say(JSONObject(pairs: ["cancel": .int(number)])) }
      }
    } onCancel: {
      Task { await self.say(JSONObject(pairs: ["cancel": .int(number)])) }
    }
  }

  /// What scripts can import here.
  ///
  /// - Throws: ``ScriptProcessError``.
  func importable() async throws -> Importable {
    if let known { return known }
    guard isOpen else { throw Self.ended }
    return try await withCheckedThrowingContinuation { asking.append($0) }
  }

  /// Lets it end when what runs has ended.
  func retire() {
    isRetired = true
    closeWhenDone()
  }

  /// Ends the host and all that it runs.
  func close() {
    input.close()
    isOpen = false
  }

  // MARK: The process

  private static let ended = ScriptProcessError(
    "the process that Python scripts are started from has ended; run the script again")

  private func closeWhenDone() {
    if isRetired, underWay == 0 { close() }
  }

  @discardableResult
  private func say(_ message: JSONObject) -> Bool {
    input.write(JSONValue.object(message).text + "\n")
  }

  private func hear(_ line: String) {
    guard let event = (try? JSONValue(parsing: line))?.object else { return }
    if let number = event["number"]?.int, let status = event["status"]?.int {
      calls.removeValue(forKey: number)?.resume(returning: status)
    } else if let modules = event["modules"]?.array, let packages = event["packages"]?.array {
      let importable = Importable(
        modules: Set(modules.compactMap(\.string)), packages: Set(packages.compactMap(\.string)))
      known = importable
      for continuation in asking { continuation.resume(returning: importable) }
      asking = []
    }
  }

  private func hostEnded() {
    close()
    for call in calls.values { call.resume(throwing: Self.ended) }
    calls = [:]
    for continuation in asking { continuation.resume(throwing: Self.ended) }
    asking = []
  }
}
