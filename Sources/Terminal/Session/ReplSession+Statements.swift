internal import DuckDB
internal import SQLText

extension ReplSession {
  /// Runs one statement and tells how it went.
  ///
  /// - Returns: Whether it went well.
  /// - Throws: ``OutputError`` when the session's own output cannot be written.
  func run(_ statement: SQLStatement, at place: SourcePlace) async throws -> Bool {
    let start = ContinuousClock.now
    do {
      let (outcome, rows) = try await execute(statement)
      try tellTime(start.duration(to: .now), outcome, rows: rows)
      if lines.isInteractive, outcome.changedCatalog { await refreshNames() }
      return true
    } catch let error as OutputError where error.name == output.name {
      throw error
    } catch {
      try output.flush()
      try tell(engine.describe(error), source: statement.text, at: place)
      return false
    }
  }

  private func execute(_ statement: SQLStatement) async throws -> (ReplOutcome, rows: Int?) {
    let progress = progressLine()
    defer { progress?.end() }
    if let path = parquetPath {
      parquetPath = nil
      return (try await engine.export(statement, toParquet: path), nil)
    }
    let target = fileOutput ?? output
    let format = settings.format
    let options = fileOutput == nil ? resultOptions : ResultOptions()
    var writer: (any ResultWriter)?
    var rows: Int?
    let outcome = try await engine.run(statement) { piece in
      // A table is written at its end; the other formats write into the line that shows the progress.
      if format != .table { progress?.end() }
      switch piece {
      case .columns(let columns):
        writer = format.makeWriter(to: target, options: options)
        rows = 0
        try writer?.begin(columns: columns)
      case .chunk(let chunk):
        rows = (rows ?? 0) + chunk.rowCount
        try writer?.write(chunk)
      }
      return target.isReaderGone ? .enough : .more
    }
    progress?.end()
    try writer?.end(ResultSummary(rowCount: rows ?? 0, changedRows: outcome.changedRows))
    return (outcome, rows)
  }

  private func progressLine() -> QueryProgressLine? {
    guard lines.isInteractive, settings.messages.allowsMovement, let descriptor = messages.descriptor else {
      return nil
    }
    let line = QueryProgressLine(descriptor: descriptor)
    line.begin { [engine] in engine.progress() }
    return line
  }

  private func tellTime(_ time: Duration, _ outcome: ReplOutcome, rows: Int?) throws {
    var parts: [String] = []
    if settings.showsTime { parts.append(HumanText.duration(time)) }
    if let changed = outcome.changedRows, settings.showsTime || lines.isInteractive {
      parts.append(HumanText.count(changed, "row") + " changed")
    } else if let rows, settings.showsTime {
      parts.append(HumanText.count(rows, "row"))
    }
    guard !parts.isEmpty else { return }
    try say(settings.messages.style.dim(parts.joined(separator: ", ")))
  }

  // MARK: - Messages

  func say(_ line: String) throws {
    try messages.writeLine(line)
    try messages.flush()
  }

  func tell(_ failure: ReplFailure, source: String?, at place: SourcePlace) throws {
    var failure = failure
    failure.message = place.label(lines: failure.position.map { $0.line - 1 } ?? 0) + failure.message
    let terminal = settings.messages.resized(for: messages.descriptor)
    let width = terminal.isTerminal ? terminal.width : nil
    let style = terminal.style
    for line in failure.render(source: source, firstLine: place.line, width: width, style: style) {
      try messages.writeLine(line)
    }
    try messages.flush()
  }
}
