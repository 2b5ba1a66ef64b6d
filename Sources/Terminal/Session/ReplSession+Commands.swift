internal import SQLText

extension ReplSession {
  /// Runs a dot command and tells how it went.
  ///
  /// - Returns: Whether it went well.
  func perform(command item: ScriptReader.Item, name: String?) async throws -> Bool {
    do {
      return try await perform(try DotCommand.parse(item.text))
    } catch let error as DotCommandError {
      try tell(ReplFailure(message: error.message, hint: error.hint), source: nil, at: place(name, item.line))
    } catch let error as OutputError where error.name == output.name {
      throw error
    } catch {
      try tell(engine.describe(error), source: nil, at: place(name, item.line))
    }
    return false
  }

  private func perform(_ command: DotCommand) async throws -> Bool {
    switch command {
    case .tables(let pattern):
      try show(Self.table(of: try await engine.tables(matching: pattern)), none: "no tables")
    case .schema(let table):
      for statement in try await engine.schema(of: table) {
        try output.writeLine(statement.last == ";" ? statement : statement + ";")
      }
      try output.flush()
    case .snapshots: try show(Self.table(of: try await engine.snapshots()), none: "no snapshots")
    case .lakes: try show(Self.table(of: try await engine.lakes()), none: "no lakes")
    case .use(let lake):
      try await engine.use(lake)
      await refreshNames()
    case .mode(let format):
      if let format { settings.format = format } else { try say(settings.format.rawValue) }
    case .output(let file): try setOutput(file)
    case .timer(let isOn): settings.showsTime = isOn
    case .limit(let rows): settings.rowLimit = rows
    case .read(let file): return try await read(file)
    case .help:
      var table = TextTable(["", ""])
      for line in DotCommand.summary { table.add([line.usage, line.meaning]) }
      try show(table, none: "")
    case .quit: hasQuit = true
    }
    return true
  }

  private func setOutput(_ file: String?) throws {
    try closeFile()
    parquetPath = nil
    guard let file else { return }
    if file.lowercased().hasSuffix(".parquet") {
      parquetPath = file
      if lines.isInteractive { try say("the next query's rows go to \(file)") }
    } else {
      fileOutput = try ByteOutput(creating: file)
    }
  }

  func closeFile() throws {
    let file = fileOutput
    fileOutput = nil
    try file?.close()
  }

  private func read(_ file: String) async throws -> Bool {
    guard readDepth < 16 else {
      throw DotCommandError(message: "files read each other more than 16 deep: \(file)", hint: nil)
    }
    guard let bytes = try FileBytes.read(file) else {
      throw DotCommandError(message: "there is no file \(file)", hint: nil)
    }
    readDepth += 1
    defer { readDepth -= 1 }
    return try await run(script: String(decoding: bytes, as: UTF8.self), name: file)
  }

  // MARK: - Lists

  private func show(_ table: TextTable, none: String) throws {
    guard table.rowCount > 0 else { return try say(none) }
    let options = resultOptions
    for line in table.render(width: options.width, style: options.style) {
      try output.writeLine(line)
    }
    try output.flush()
  }

  private static func table(of tables: [ReplTable]) -> TextTable {
    let hasRows = tables.contains { $0.rowCount != nil }
    var columns: [TextTable.Column] = ["schema", "name", "kind", .init("columns", .right)]
    if hasRows { columns.append(.init("rows", .right)) }
    var result = TextTable(columns)
    for table in tables {
      result.add([
        table.schema, table.name, table.kind, HumanText.count(table.columnCount),
        table.rowCount.map { HumanText.count($0) } ?? "",
      ])
    }
    return result
  }

  private static func table(of snapshots: [ReplSnapshot]) -> TextTable {
    let hasAuthors = snapshots.contains { $0.author != nil }
    let hasMessages = snapshots.contains { $0.message != nil }
    var columns: [TextTable.Column] = [.init("id", .right), "time", "changes"]
    if hasAuthors { columns.append("author") }
    if hasMessages { columns.append("message") }
    var result = TextTable(columns)
    for snapshot in snapshots {
      result.add(
        [String(snapshot.id), snapshot.time, snapshot.changes]
          + (hasAuthors ? [snapshot.author ?? ""] : []) + (hasMessages ? [snapshot.message ?? ""] : []))
    }
    return result
  }

  private static func table(of lakes: [ReplLake]) -> TextTable {
    var result = TextTable(["", "lake", "in SQL", "catalog", "storage"])
    for lake in lakes {
      result.add([lake.isCurrent ? "*" : "", lake.name, lake.alias, lake.catalog, lake.storage])
    }
    return result
  }
}
