import Foundation
import Sync
import SyncClient
import Terminal

/// One `tarn pull` or `tarn push`: looks at both sides, shows what differs, asks, and does it.
struct SyncRun {
  private let direction: SyncPlan.Direction
  private let options: SyncOptions
  private var isPush: Bool { direction == .push }

  init(_ direction: SyncPlan.Direction, _ options: SyncOptions) {
    self.direction = direction
    self.options = options
  }

  func run() async throws {
    let server = try options.connect()
    defer { server.close() }
    let folder = options.place
    if isPush, !FileManager.default.fileExists(atPath: folder.path) {
      throw CommandFailure.failed("there is no folder \(folder.path)")
    }
    guard !options.dryRun else {
      let states = try SyncSession.states(of: folder)
      let (plan, contents, _) = try await look(folder, server, states[server.name])
      return try SyncReport(plan, contents.notes, options, isDone: false).print()
    }
    let session = try SyncSession(folder)
    let (plan, contents, tellsCases) = try await look(folder, server, session.states[server.name], session)
    let report = SyncReport(plan, contents.notes, options, isDone: true)
    if !options.json { try report.print() }
    try refuseConflicts(plan, report)
    try checkFiles(plan, contents, tellsCases)
    try await ask(plan, server, report)
    var state = session.states[server.name]
    state.records = plan.records
    func save(_ state: SyncState) throws {
      var states = session.states
      states[server.name] = state
      try session.save(states)
    }
    do {
      if isPush {
        try await push(plan, server, &state)
      } else {
        try pull(plan, contents, session, &state, save)
      }
    } catch {
      // What was done before is done.
      try save(state)
      throw error
    }
    try save(state)
    if options.json { try report.print() }
    report.noteEnd(server.name)
  }

  /// - Returns: the plan, what lies in the folder, and whether its file system tells upper from lower case.
  private func look(
    _ folder: SyncFolder, _ server: SyncServer, _ state: SyncState, _ session: SyncSession? = nil
  ) async throws -> (plan: SyncPlan, contents: SyncFolder.Contents, tellsCases: Bool) {
    let contents = try await folder.contents(state)
    let items = try await server.items()
    let plan = SyncPlan(
      direction, folder: contents.items, server: items, state: state, isForced: options.force,
      removesUnknown: options.prune)
    return (plan, contents, try session?.tellsCasesApart() ?? true)
  }

  private func refuseConflicts(_ plan: SyncPlan, _ report: SyncReport) throws {
    guard !plan.conflicts.isEmpty else { return }
    if options.json { try report.print(undone: true) }
    let names = plan.conflicts.prefix(3).map(\.key.text).joined(separator: ", ")
    let more = plan.conflicts.count > 3 ? " and \(plan.conflicts.count - 3) more" : ""
    throw CommandFailure.failed(
      isPush
        ? "changed on the server and here since they were the same: \(names)\(more). Nothing was pushed. tarn pull --force takes the server's, tarn push --force yours"
        : "changed here and on the server since they were the same: \(names)\(more). Nothing was written. tarn pull --force takes the server's, tarn push --force yours"
    )
  }

  /// Whether all that is to be done can be done: before any of it is.
  private func checkFiles(_ plan: SyncPlan, _ contents: SyncFolder.Contents, _ tellsCases: Bool) throws {
    guard !isPush else {
      for change in plan.changes {
        if let problem = SyncServer.problem(with: change) { throw CommandFailure.failed(problem) }
      }
      return
    }
    var files = contents.places
    for change in plan.changes {
      files[change.key] = try change.new.map { try FileLayout.place(of: $0) }
    }
    let names = files.values.flatMap { [$0.text, $0.settings].compactMap { $0 } }
    if !tellsCases, let (one, other) = FileLayout.clash(among: names) {
      throw CommandFailure.failed(
        "\(one) and \(other) are one file on this file system, which does not tell them apart. Rename one on the server"
      )
    }
  }

  private func push(_ plan: SyncPlan, _ server: SyncServer, _ state: inout SyncState) async throws {
    for (index, change) in plan.changes.enumerated() {
      try Task.checkCancellation()
      do {
        let outcome = try await server.apply(change)
        state.records[change.key] = outcome.record
        if let note = outcome.note { Console.note(note) }
      } catch let error as SyncError where index > 0 {
        throw CommandFailure.failed("\(error). Of \(plan.changes.count) changes \(index) were pushed before")
      }
    }
  }

  /// - Parameter save: keeps the state: what is to be written is remembered before any of it is.
  private func pull(
    _ plan: SyncPlan, _ contents: SyncFolder.Contents, _ session: SyncSession, _ state: inout SyncState,
    _ save: (SyncState) throws -> Void
  ) throws {
    let killed = state.pulling
    for change in plan.changes { state.pulling.updateValue(change.new?.fingerprint, forKey: change.key) }
    try save(state)
    for change in plan.changes {
      try Task.checkCancellation()
      try session.write(
        change.new, of: change.key, old: change.old, at: contents.places[change.key],
        isAgain: killed[change.key] != nil)
      state.records[change.key] = change.new.map { SyncPlan.record(folder: nil, server: $0) }
      state.pulling.removeValue(forKey: change.key)
    }
    state.pulling = [:]
  }

  /// Asks on a terminal, and refuses without one, what removes or overwrites.
  private func ask(_ plan: SyncPlan, _ server: SyncServer, _ report: SyncReport) async throws {
    guard !options.yes, !plan.changes.isEmpty else { return }
    guard isatty(STDIN_FILENO) == 1, Console.isTerminal else {
      guard plan.removesAnything || plan.overwritesAnything else { return }
      if options.json { try report.print(undone: true) }
      let what = plan.removesAnything ? "removes" : "overwrites"
      throw CommandFailure.failed(
        "this \(what) something, and there is no terminal to ask on. Nothing was \(isPush ? "pushed" : "written"). Look at --dry-run, then give --yes"
      )
    }
    guard plan.changes.contains(where: { $0.kind != .added }) else { return }
    let place = isPush ? server.name : options.place.path
    let isWanted = await Confirmation.ask("\(isPush ? "Push to" : "Write to") \(place)? [y/N] ")
    try Task.checkCancellation()
    guard isWanted else { throw CommandFailure.failed("nothing was \(isPush ? "pushed" : "written")") }
  }
}

/// A question to the person at the terminal.
enum Confirmation {
  /// - Returns: whether the answer is yes; no at the end of input, and when the task is cancelled.
  static func ask(_ question: String) async -> Bool {
    Console.errorPart(question)
    let (answers, continuation) = AsyncStream.makeStream(of: String?.self)
    Thread.detachNewThread {
      continuation.yield(readLine())
      continuation.finish()
    }
    let answer = await answers.first { _ in true } ?? nil
    return ["y", "yes"].contains((answer ?? "").trimmingCharacters(in: .whitespaces).lowercased())
  }
}
