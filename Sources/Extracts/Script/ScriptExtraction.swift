import Foundation
public import LoadFiles
public import Loader
import Processes
import SQLText

/// The rows that a function of a Python script yields, in files that the script's process writes.
public struct ScriptExtraction: Extraction {
  private let declared: DeclaredLoad
  private let script: DeclaredScript
  private let text: String
  private let folder: String
  private let hiddenVariables: Set<String>
  /// Nil to run it beside this process.
  private let isolation: (any ScriptIsolation)?
  /// What all tables are loaded like, and the table that rows go into when nothing else is said.
  private let model: Load

  public let identity: String

  /// - Parameters:
  ///   - declared: the load.
  ///   - script: the script.
  ///   - folder: where ``extract(into:_:progress:)`` will make the files.
  ///   - hiddenVariables: names of environment variables that the script does not get: they hold credentials of lakes.
  ///   - isolation: runs the script; nil to run it beside this process, as this user.
  /// - Throws: `LoadError` when there is no such script.
  public init(
    _ declared: DeclaredLoad, _ script: DeclaredScript, folder: String, hiddenVariables: Set<String> = [],
    isolation: (any ScriptIsolation)? = nil
  ) throws {
    self.isolation = isolation
    self.declared = declared
    self.script = script
    self.folder = folder
    self.hiddenVariables = hiddenVariables
    text = try Self.text(of: script)
    identity = try Self.identity(of: declared, script)
    if declared.format != nil {
      throw LoadError(
        .declaration, "format says nothing of a script, which yields rows", key: "format")
    }
    model = try declared.load(
      Load.tableName(of: script.path),
      from: .extracted(ExtractedRows([], format: .jsonl, place: script.path, identity: "")))
  }

  /// What tells the load of a script from others.
  ///
  /// - Throws: `LoadError` when there is no such script.
  public static func identity(of declared: DeclaredLoad, _ script: DeclaredScript) throws -> String {
    let arguments = script.arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }
    return """
      \(declared.lake ?? "")/\(declared.dataset).\(declared.table ?? "") \(declared.selection)
      \(script.path) \(script.function) \(arguments)
      \(try text(of: script))
      """
  }

  private static func text(of script: DeclaredScript) throws(LoadError) -> String {
    if let text = script.text { return text }
    guard let text = try? String(contentsOfFile: script.path, encoding: .utf8) else {
      throw LoadError(.source, "there is no script '\(script.path)'", hint: "Give a file of Python.")
    }
    return text
  }

  public func extract(
    into folder: String, _ loader: Loader, progress: @escaping @Sendable (ExtractProgress) -> Void
  ) async throws -> [ExtractedTable] {
    if let isolation {
      let call = try ScriptCall(script, table: model.table, folder: folder)
      let program = ScriptProgram(
        driver: ScriptCall.program, script: text,
        call: call.description(lastValue: try await lastValue(loader)))
      try await isolation.run(program, into: folder)
      return try call.tables(.exit(0), hasRunner: false, needsRunner: false)
    }
    let interpreter = try PythonInterpreter(script, header: PythonInterpreter.header(of: text))
    let temporary = folder + "/tmp"
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    let call = try ScriptCall(script, table: model.table, folder: folder)
    try await call.write(lastValue: lastValue(loader), header: interpreter.needsHeader ? text : nil)
    let process = ScriptProcess(
      interpreter.command + [call.programPath, call.path],
      environment: environment(temporary: temporary))
    let watching = Task {
      while !Task.isCancelled {
        if let now = call.progress { progress(now) }
        try? await Task.sleep(for: .milliseconds(300))
      }
    }
    defer { watching.cancel() }
    let end = try await process.run()
    return try call.tables(end, hasRunner: interpreter.needsHeader, needsRunner: interpreter.lacksRunner)
  }

  public func loads(of contents: ExtractFolder.Contents) throws -> [Load] {
    var tables = contents.tables
    if !declared.selection.isEmpty {
      for name in declared.selection where !tables.contains(where: { $0.name == name }) {
        let near = NearestName.suggestion(for: name, among: tables.map(\.name))
        throw LoadError(
          .source, "the script yields nothing for table '\(name)'",
          hint: near.map { "Did you mean '\($0)'?" }
            ?? "It yields: \(tables.map(\.name).joined(separator: ", ")).")
      }
      tables.removeAll { !declared.selection.contains($0.name) }
    }
    if declared.table != nil, let other = tables.first(where: { $0.name != model.table }) {
      throw LoadError(
        .declaration, "the script names a table itself: '\(other.name)'", hint: "Leave out the table.",
        key: "table")
    }
    return try tables.map { table in
      let rows = ExtractedRows(
        table.files.map { folder + "/" + $0 }, format: table.format, place: script.path,
        identity: ExtractedRows.fileName(for: identity), loadID: contents.loadID)
      return try load(of: table, rows)
    }
  }

  private func load(of table: ExtractedTable, _ rows: ExtractedRows) throws -> Load {
    var rows = rows
    var load = try declared.load(table.name, from: .extracted(rows))
    load.columns = Self.joined(load.columns, table.hints)
    if table.rows == 0 {
      load.incremental = nil
      rows.files = []
      // What is replaced is replaced by nothing, too.
      if case .replace = load.writeDisposition { rows.files = [try EmptyFile.make(table.name, in: folder)] }
      load.source = .extracted(rows)
    }
    return load
  }

  /// What the script's values tell of columns, where the load says nothing of their type.
  private static func joined(_ columns: [ColumnHints], _ found: JSONObject) -> [ColumnHints] {
    var columns = columns
    for member in found.members {
      guard let hints = member.value.object else { continue }
      let name = SnakeCase.key(member.key)
      guard let index = columns.firstIndex(where: { SnakeCase.key($0.name) == name }) else {
        columns.append(ColumnHints(found: member.key, hints))
        continue
      }
      if columns[index].json["data_type"] == nil { columns[index].json["data_type"] = hints["data_type"] }
    }
    return columns
  }

  /// Where the load's cursor has come to, for a function that asks for it.
  private func lastValue(_ loader: Loader) async throws -> LoadValue? {
    guard let path = model.incremental?.cursorPath else { return nil }
    let values = try await loader.lastValues(
      of: [model.table: path], in: declared.dataset, pipeline: declared.pipeline)
    return values[model.table] ?? model.incremental?.initialValue.map { .string($0) }
  }

  /// What the script's process sees: the user's own environment, without Tarn's and without credentials of lakes.
  private func environment(temporary: String) -> [String: String] {
    let prefixes = ["TARN_", "WM_", "DESTINATION__", "CREDENTIALS__"]
    var variables = ProcessInfo.processInfo.environment.filter { name, _ in
      !hiddenVariables.contains(name) && !prefixes.contains { name.hasPrefix($0) }
        && name != "BASE_INTERNAL_URL"
    }
    variables["TMPDIR"] = temporary
    // What is printed shows at once.
    variables["PYTHONUNBUFFERED"] = "1"
    return variables
  }
}
