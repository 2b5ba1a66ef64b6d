import Foundation
import Processes
import Synchronization

/// The `tarn` binary, run as a person or a script would.
public struct TarnProcess: Sendable {
  /// What a finished run left.
  public struct Outcome: Sendable, CustomStringConvertible {
    public let status: Int32
    public let output: String
    public let errors: String

    /// The lines of standard error that are not empty.
    public var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

    public var description: String { "exit \(status)\n--- output\n\(output)\n--- errors\n\(errors)" }
  }

  /// The folder that it runs in.
  public let folder: String
  /// Variables added to a bare environment.
  public let environment: [String: String]
  private let executable: String

  public init(in folder: String, environment: [String: String] = [:], executable: String = Checkout.binary) {
    self.folder = folder
    self.environment = environment
    self.executable = executable
  }

  /// Runs the binary to its end.
  public func run(_ arguments: String..., input: String? = nil) async throws -> Outcome {
    try await run(arguments, input: input)
  }

  /// Runs the binary to its end.
  public func run(_ arguments: [String], input: String? = nil) async throws -> Outcome {
    let running = try start(arguments, input: input)
    return await running.outcome()
  }

  /// Starts the binary and returns at once.
  public func start(_ arguments: [String], input: String? = nil) throws -> RunningTarn {
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": folder, "LANG": "C.UTF-8", "TMPDIR": NSTemporaryDirectory(),
    ]
    variables.merge(environment) { $1 }
    return try RunningTarn(
      ChildProcess.Command(executable, arguments, environment: variables, folder: folder), input: input)
  }
}

/// A `tarn` that runs.
public final class RunningTarn: Sendable {
  private struct State {
    var output = Data()
    var errors = Data()
    var open = 3
    var status: Int32 = -1
    var waiters: [CheckedContinuation<Void, Never>] = []
    var textWaiters: [(text: String, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  private let state = Mutex(State())
  /// The process's number.
  public let processID: Int32

  init(_ command: ChildProcess.Command, input: String?) throws {
    var command = command
    let output = Pipe()
    let errors = Pipe()
    command.output = .pipe(output)
    command.errors = .pipe(errors)
    let inputPipe = input.map { _ in Pipe() }
    if let inputPipe { command.input = .pipe(inputPipe) }
    let process = try ChildProcess(command)
    processID = process.processID
    read(output.fileHandleForReading) { $0.output.append($1) }
    read(errors.fileHandleForReading) { $0.errors.append($1) }
    process.whenEnded { [self] end in close { $0.status = end.code } }
    if let input, let inputPipe {
      let handle = inputPipe.fileHandleForWriting
      Thread.detachNewThread {
        try? handle.write(contentsOf: Data(input.utf8))
        try? handle.close()
      }
    }
  }

  /// Waits for the end.
  public func outcome() async -> TarnProcess.Outcome {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.open > 0 { state.waiters.append(continuation) }
        return state.open == 0
      }
      if isDone { continuation.resume() }
    }
    return state.withLock { state in
      TarnProcess.Outcome(
        status: state.status, output: String(decoding: state.output, as: UTF8.self),
        errors: String(decoding: state.errors, as: UTF8.self))
    }
  }

  /// Waits until standard output or standard error holds a text.
  ///
  /// - Returns: false when the process ended without it.
  public func prints(_ text: String) async -> Bool {
    await withCheckedContinuation { continuation in
      let known: Bool? = state.withLock { state in
        if Self.holds(state, text) { return true }
        if state.open == 0 { return false }
        state.textWaiters.append((text, continuation))
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// What standard output has held until now.
  public var outputSoFar: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }

  /// Sends a signal, such as `SIGINT`.
  public func signal(_ number: Int32) { kill(processID, number) }

  private static func holds(_ state: State, _ text: String) -> Bool {
    String(decoding: state.output, as: UTF8.self).contains(text)
      || String(decoding: state.errors, as: UTF8.self).contains(text)
  }

  private func read(_ handle: FileHandle, _ append: @escaping @Sendable (inout State, Data) -> Void) {
    Thread.detachNewThread { [self] in
      while true {
        // Unlike read(upToCount:), this returns what is there.
        let data = handle.availableData
        guard !data.isEmpty else { break }
        let found = state.withLock { state in
          append(&state, data)
          let found = state.textWaiters.filter { Self.holds(state, $0.text) }
          let snapshot = state
          state.textWaiters.removeAll { Self.holds(snapshot, $0.text) }
          return found
        }
        for waiter in found { waiter.continuation.resume(returning: true) }
      }
      close { _ in }
    }
  }

  private func close(_ change: (inout State) -> Void) {
    let (waiters, textWaiters) = state.withLock { state in
      change(&state)
      state.open -= 1
      guard state.open == 0 else {
        return ([CheckedContinuation<Void, Never>](), [CheckedContinuation<Bool, Never>]())
      }
      defer {
        state.waiters = []
        state.textWaiters = []
      }
      return (state.waiters, state.textWaiters.map(\.continuation))
    }
    for waiter in waiters { waiter.resume() }
    for waiter in textWaiters { waiter.resume(returning: false) }
  }
}
