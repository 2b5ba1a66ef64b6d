import ArgumentParser
import Foundation
import Worker

struct WorkerCommand: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "worker", abstract: "Run jobs of a server.",
      discussion: """
        Needs the server's address and a token that was made for workers. After Ctrl-C it takes no more jobs and ends with those that run; \
        the second stops them.
        """)
  }

  @OptionGroup var remote: RemoteServerOptions

  @Option(
    name: .long,
    help: ArgumentHelp("What the worker is known by; another process is another worker.", valueName: "name"))
  var name: String?

  @Option(name: .long, help: ArgumentHelp("How many jobs run at the same time.", valueName: "n"))
  var slots = 8

  @OptionGroup var scripts: ScriptToolOptions

  @OptionGroup var drain: DrainOption

  @Flag(name: .long, help: .hidden) var supervised = false

  func validate() throws {
    if slots < 1 { throw ValidationError("--slots must be at least 1") }
  }

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    var configuration = Worker.Configuration(
      server: try remote.url(), token: try remote.token(), name: try checkedName(), slots: slots,
      folder: try Self.temporaryFolder())
    try scripts.set(&configuration, environment)
    for missing in scripts.missing(in: configuration) {
      Console.note("worker: \(missing); such jobs wait for another worker")
    }
    let patience = drain.seconds
    let worker = Worker(configuration) { event in
      switch event {
      case .ready: break
      case .waiting(let reason): Console.note("worker: \(reason)")
      case .finishing(let jobs):
        Console.note("waiting up to \(patience) s for \(jobs) running \(jobs == 1 ? "job" : "jobs")")
      }
    }
    // A task of its own: it outlives the cancellation of this one by what running jobs need.
    let work = Task { try await worker.run() }
    let finish: @Sendable () -> Void = { Task { await worker.finish(within: .seconds(patience)) } }
    if supervised {
      Self.readInput(word: finish) { work.cancel() }
    }
    try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      finish()
    }
  }

  /// A new folder that no other user can have made before, nor look into: scripts of jobs lie in it.
  private static func temporaryFolder() throws -> String {
    // Deno reads nothing below /dev, and Python's scripts have a /dev/shm of their own.
    let usual = URL(fileURLWithPath: NSTemporaryDirectory()).resolvingSymlinksInPath().path
    let base = usual.hasPrefix("/dev/") ? "/tmp" : usual
    var path = (base + "/tarn-worker-XXXXXX").utf8CString.map { $0 }
    guard mkdtemp(&path) != nil else { throw CommandFailure.failed("cannot make a folder in \(base)") }
    return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func checkedName() throws -> String {
    let name = name ?? "\(ProcessInfo.processInfo.hostName)-\(getpid())"
    guard
      name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") })
    else {
      throw CommandFailure.wrongUse("a worker's name has letters, digits, '-', '_' and '.'")
    }
    return name
  }

  /// Whoever started this process has the other end: a word says that it shall finish, the end that nobody waits for jobs.
  private static func readInput(word: @escaping @Sendable () -> Void, end: @escaping @Sendable () -> Void) {
    Thread.detachNewThread {
      while !FileHandle.standardInput.availableData.isEmpty { word() }
      end()
    }
  }
}
