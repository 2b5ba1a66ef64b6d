import SQLText
import Scripts

/// Goes through a script's statements in order and turns names into assets.
struct AssetResolver {
  private(set) var assets = ScriptAssets()
  private var session: LakeSession
  /// Values of arguments, by folded name.
  private let parameters: [String: String]

  /// What the script has written so far: reading it again needs nothing from outside.
  private var written: Set<Asset> = []

  private let initialLake: String

  /// Where what is found is said to stand, in place of its own line: an annotation's.
  private var place: (line: Int, column: Int)?

  private var seenReads: Set<Asset> = []
  private var seenCalls: Set<Asset> = []
  private var seenWrites: Set<WriteKey> = []

  private struct WriteKey: Hashable {
    let asset: Asset
    let access: StatementHead.Access
  }

  /// The statement at hand.
  private var statementIndex: Int?

  init(names: LakeNames, parameters: [String: String]) {
    session = LakeSession(names)
    initialLake = names.defaultLake
    self.parameters = parameters
  }

  mutating func resolve(
    _ statement: ScriptStatement, at index: Int, answers: [NameRequest.ID: ExtractedNames]
  ) {
    statementIndex = index
    switch statement.kind {
    case .attachLake(let lake, let alias, _):
      session.attach(.lake(lake), as: alias, unlessAttached: statement.skipsAttached)
    case .attachDataTable(let table, let alias): session.attach(.dataTable(table.name), as: alias)
    case .use(let alias, let schema): session.use(alias, schema: schema)
    case .detach(let alias, _): session.detach(alias)
    case .other:
      resolve(StatementHead.read(statement.sql), of: statement.sql, at: .statement(index), answers: answers)
    }
  }

  private mutating func resolve(
    _ head: StatementHead, of statement: SQLStatement, at place: NameRequest.ID.Place,
    answers: [NameRequest.ID: ExtractedNames]
  ) {
    if head.verb == .attach { return attach(TokenList(statement.tokens)) }
    // Reads first: a statement reads its tables as they were before it.
    for (number, part) in head.selectParts.enumerated() {
      let id = NameRequest.ID(place: place, part: number)
      read(part, answer: answers[id], isAsked: part.mayNameTables, in: statement)
    }
    for source in head.sources { read(source) }
    for call in head.calls { self.call(call) }
    for file in head.files where !file.isWritten { readFile(file.path, line: file.line, column: file.column) }
    for target in head.targets { write(target) }
    for file in head.files where file.isWritten {
      guard let path = literal(file.path, line: file.line, column: file.column) else { continue }
      guard let asset = Asset.at(path) else { continue }
      write(asset, .create, line: file.line, column: file.column)
    }
  }
}

// MARK: - Annotations

extension AssetResolver {
  /// Adds what a script's annotations say; after its statements, since tests run after these and what they made
  /// is no input.
  mutating func resolve(
    _ annotations: [ScriptAnnotation], answers: [NameRequest.ID: ExtractedNames]
  ) {
    statementIndex = nil
    for annotation in annotations {
      guard case .materialize(let made) = annotation.kind else { continue }
      materialize(made, at: annotation)
    }
    for (index, annotation) in annotations.enumerated() {
      place = (annotation.line, annotation.column)
      switch annotation.kind {
      case .on(let asset): read(asset, line: annotation.line, column: annotation.column)
      case .dataTest(let test):
        readTested(test, at: annotation)
        for statement in annotation.testStatements {
          resolve(StatementHead.read(statement), of: statement, at: .annotation(index), answers: answers)
        }
      case .pipeline, .materialize, .other: break
      }
      place = nil
    }
  }

  private mutating func materialize(_ made: Materialization, at annotation: ScriptAnnotation) {
    let access: StatementHead.Access =
      switch made.strategy {
      case .replace: .replace
      case .append: .insert
      case .merge, .history: .update
      case .manual: .create
      }
    // With `manual` the statements say how the table is written, where they can be followed.
    if made.strategy == .manual, written.contains(made.target) { return }
    write(made.target, access, line: annotation.line, column: annotation.column)
  }

  private mutating func readTested(_ test: DataTest, at annotation: ScriptAnnotation) {
    let defaultLake = assets.writes.first { $0.asset.kind == .ducklake }?.asset.container ?? initialLake
    let lake = test.table?.lake ?? defaultLake
    if let table = test.table {
      read(table.asset(defaultLake: lake), line: annotation.line, column: annotation.column)
    }
    if case .relationships(_, let other, _) = test.check {
      read(other.asset(defaultLake: lake), line: annotation.line, column: annotation.column)
    }
  }
}

// MARK: - Reading

extension AssetResolver {
  private mutating func read(
    _ part: SelectPart, answer: ExtractedNames?, isAsked: Bool, in statement: SQLStatement
  ) {
    let mentions = TableWalk.mentions(in: part.tokens)
    for file in mentions.files { readFile(file.path, line: file.line, column: file.column) }
    for call in mentions.calls { self.call(call) }
    for name in mentions.quotedTables { read(name) }
    guard isAsked else { return }
    switch answer {
    case .names(let names):
      for name in places(of: names, mentions: mentions, part: part, statement: statement) { read(name) }
    case .unavailable(let reason):
      noteTokens(reason, in: statement)
      for name in mentions.tables { read(name) }
    case nil:
      noteTokens("not asked", in: statement)
      for name in mentions.tables { read(name) }
    }
  }

  private mutating func noteTokens(_ reason: String, in statement: SQLStatement) {
    assets.precision = .tokens
    note(
      .tokensOnly, "tables were read by tokens, DuckDB's parser says: \(reason)", statement.line,
      statement.column)
  }

  /// DuckDB's names with the places where the walk saw them. Where it saw none, the first token of that
  /// spelling gives the place.
  private func places(
    of names: [String], mentions: Mentions, part: SelectPart, statement: SQLStatement
  ) -> [SQLName] {
    let files: Set<String> = Set(
      mentions.files.compactMap { if case .literal(let path) = $0.path { path } else { nil } })
    var found: [SQLName] = []
    for text in names {
      guard let name = SQLName(qualified: text) else { continue }
      if name.parts.count == 1, files.contains(name.parts[0]) { continue }
      if let mention = mentions.tables.first(where: { $0.folded == name.folded }) {
        found.append(mention)
      } else {
        let last = name.parts.last ?? ""
        let token = statement.tokens.first { $0.isIdentifier(last) }
        found.append(
          SQLName(
            parts: name.parts, line: token?.line ?? statement.line, column: token?.column ?? statement.column)
        )
      }
    }
    return found.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
  }

  private mutating func read(_ name: SQLName) {
    if !session.isTemporary(name), let path = TableFunctions.filePath(name) {
      return readFile(.literal(path), line: name.line, column: name.column)
    }
    switch session.meaning(of: name) {
    case .table(let catalog, let schema, let table):
      guard let asset = asset(catalog, schema: schema, name: table) else { return }
      read(asset, line: name.line, column: name.column)
    case .unknownCatalog(let catalog):
      note(.unknownCatalog, "no lake or attached database is called \(catalog)", name.line, name.column)
    case .temporary, .system, .foreign: break
    }
  }

  private mutating func read(_ asset: Asset, line: Int, column: Int) {
    guard !written.contains(asset), seenReads.insert(asset).inserted else { return }
    assets.reads.append(
      AssetUse(
        asset, line: place?.line ?? line, column: place?.column ?? column, statementIndex: statementIndex))
  }

  private mutating func readFile(_ path: FilePath, line: Int, column: Int) {
    guard let path = literal(path, line: line, column: column), let asset = Asset.at(path) else { return }
    read(asset, line: line, column: column)
  }

  private mutating func literal(_ path: FilePath, line: Int, column: Int) -> String? {
    switch path {
    case .literal(let path): return path
    case .parameter(let name):
      if let value = parameters[SQLIdentifier.folded(name)] { return value }
      note(.unknownFile, "the file is argument $\(name), whose value is not known here", line, column)
    case .unknown:
      note(.unknownFile, "the file is worked out when the script runs", line, column)
    }
    return nil
  }

  private mutating func note(_ kind: LineageNote.Kind, _ message: String, _ line: Int, _ column: Int) {
    assets.notes.append(
      LineageNote(
        kind: kind, message: message, line: place?.line ?? line, column: place?.column ?? column))
  }

  private func asset(
    _ catalog: LakeSession.Catalog, schema: String, name: String, isMacro: Bool = false
  ) -> Asset? {
    switch catalog {
    case .lake(let lake) where isMacro: .macro(lake: lake, schema: schema, name: name)
    case .lake(let lake): .table(lake: lake, schema: schema, name: name)
    case .dataTable(let database): .dataTable(database, schema: schema, name: name)
    case .temporary, .foreign, .system: nil
    }
  }
}

// MARK: - Calls

extension AssetResolver {
  private mutating func call(_ call: CallMention) {
    let function = call.function
    let place = call.name
    if call.isTable {
      if TableFunctions.fileReaders.contains(function), call.name.parts.count == 1 {
        return readFiles(call)
      }
      if function == "query_table", call.name.parts.count == 1 { return readNamedTables(call) }
      if TableFunctions.changeMacros.contains(function), let table = call.text(at: 0) {
        return read(
          SQLName(parts: place.parts.dropLast() + [table], line: place.line, column: place.column))
      }
      if TableFunctions.changeFunctions.contains(function), let lake = call.text(at: 0),
        let schema = call.text(at: 1), let table = call.text(at: 2)
      {
        return read(SQLName(parts: [lake, schema, table], line: place.line, column: place.column))
      }
      if function == "ducklake_list_files", let lake = call.text(at: 0), let table = call.text(at: 1) {
        let schema = call.text(named: "schema") ?? LakeSession.mainSchema
        return read(SQLName(parts: [lake, schema, table], line: place.line, column: place.column))
      }
      if function == "ducklake_add_data_files" { return addDataFiles(call) }
    }
    // A macro has its lake's name before it or is found in the current schema.
    guard case .table(let catalog, let schema, let name) = session.meaning(of: place, isMacro: true),
      let asset = asset(catalog, schema: schema, name: name, isMacro: true)
    else { return }
    guard !written.contains(asset), seenCalls.insert(asset).inserted else { return }
    assets.calls.append(
      AssetUse(
        asset, line: self.place?.line ?? place.line, column: self.place?.column ?? place.column,
        statementIndex: statementIndex))
  }

  private mutating func readFiles(_ call: CallMention) {
    let place = call.name
    switch call.arguments.first(where: { $0.name == nil })?.value {
    case .text(let path): readFile(.literal(path), line: place.line, column: place.column)
    case .texts(let paths):
      for path in paths { readFile(.literal(path), line: place.line, column: place.column) }
    case .parameter(let name): readFile(.parameter(name), line: place.line, column: place.column)
    case .other, nil: readFile(.unknown, line: place.line, column: place.column)
    }
  }

  /// `query_table('t')`, `query_table(['t', 'u'])`: the texts are names.
  private mutating func readNamedTables(_ call: CallMention) {
    let texts: [String] =
      switch call.arguments.first?.value {
      case .text(let text): [text]
      case .texts(let texts): texts
      default: []
      }
    for text in texts {
      guard let name = SQLName(qualified: text) else { continue }
      read(SQLName(parts: name.parts, line: call.name.line, column: call.name.column))
    }
  }

  /// `CALL ducklake_add_data_files('lake', 't', 'files', schema => 's')`.
  private mutating func addDataFiles(_ call: CallMention) {
    let place = call.name
    guard let lake = call.text(at: 0), let table = call.text(at: 1) else { return }
    if let path = call.text(at: 2) { readFile(.literal(path), line: place.line, column: place.column) }
    let schema = call.text(named: "schema") ?? LakeSession.mainSchema
    let name = SQLName(parts: [lake, schema, table], line: place.line, column: place.column)
    write(StatementHead.Target(name: name, access: .insert, object: .table, isTemporary: false))
  }
}

// MARK: - Writing

extension AssetResolver {
  private mutating func write(_ target: StatementHead.Target) {
    let name = target.name
    let isMacro = target.object == .macro
    if target.object == .schema {
      guard target.access != .drop, let (lake, schema) = session.schema(of: name) else { return }
      assets.schemas.append(SchemaUse(lake: lake, name: schema, line: name.line))
      return
    }
    if target.isTemporary {
      session.addTemporary(name, isMacro: isMacro)
      return
    }
    if target.access == .drop, session.dropTemporary(name, isMacro: isMacro) { return }
    // CREATE TABLE t makes a table of the lake also where a temporary one of that name hides it.
    let isCreated = target.access == .create || target.access == .replace
    if !isCreated, session.isTemporary(name, isMacro: isMacro) { return }
    switch session.meaning(of: name, isMacro: isMacro) {
    case .table(let catalog, let schema, let table):
      guard let asset = asset(catalog, schema: schema, name: table, isMacro: isMacro) else { return }
      write(asset, target.access, line: name.line, column: name.column)
    case .unknownCatalog(let catalog):
      note(.unknownCatalog, "no lake or attached database is called \(catalog)", name.line, name.column)
    case .temporary, .system, .foreign: break
    }
  }

  private mutating func write(_ asset: Asset, _ access: StatementHead.Access, line: Int, column: Int) {
    written.insert(asset)
    guard seenWrites.insert(WriteKey(asset: asset, access: access)).inserted else { return }
    assets.writes.append(
      AssetWrite(asset, access, line: line, column: column, statementIndex: statementIndex))
  }
}

// MARK: - Databases

extension AssetResolver {
  /// ATTACH of what is neither a lake nor a data table.
  private mutating func attach(_ list: TokenList) {
    guard let keyword = list.firstIndex(in: 0..<list.count, ofKeywords: ["AS"]),
      let alias = list[keyword + 1], alias.isName
    else { return }
    session.attach(.foreign, as: alias.value)
  }
}
