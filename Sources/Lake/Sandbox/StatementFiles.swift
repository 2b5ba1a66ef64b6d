import DuckDB
import Foundation
import LakeSettings
import SQLText

/// Where a COPY statement writes.
enum CopyTarget {
  /// The token behind a top-level TO of a COPY statement; nil when there is none.
  static func place(in tokens: ArraySlice<SQLToken>) -> SQLToken? {
    guard let start = tokens.firstIndex(where: { !$0.isWord("explain") && !$0.isWord("analyze") }),
      tokens[start].isWord("copy")
    else { return nil }
    var depth = 0
    for (token, next) in zip(tokens[start...], tokens[start...].dropFirst()) {
      switch token.text {
      case "(": depth += 1
      case ")": depth -= 1
      default: if depth == 0, token.isWord("to") { return next }
      }
    }
    return nil
  }
}

/// Files that a statement names: relative ones start in the workspace, and COPY keeps off the lakes' own.
struct StatementFiles: Sendable {
  /// Folder for relative paths; nil when there is none.
  private let baseFolder: String?
  /// Catalog files and storage folders of the lakes, absolute.
  private let guarded: [String]

  /// Where rows of others lie for a moment: results on their way out, loads on their way in.
  private let passing: String

  /// Storages that statements name.
  let storages: NamedStorages

  /// - Parameter ownFolder: the engine's folder for passing files.
  init(
    settings: EngineSettings, lakes: [LakeConfiguration], storages: NamedStorages = NamedStorages([:]),
    ownFolder: String
  ) {
    self.storages = storages
    baseFolder = settings.baseFolder
    passing = Self.normalized(ownFolder + "/")
    guarded = lakes.flatMap { lake in
      let path = lake.catalog.filePath.map(Self.normalized)
      let branches = [lake.storage.branches?.dataPath, lake.catalog.branchesFolder].compactMap { $0 }
      return [Self.normalized(lake.storage.dataPath)] + [path].compactMap { $0 }
        + branches.map(Self.normalized)
    }
  }

  /// The literals to replace, so that relative paths start in the workspace wherever the process runs: DuckDB would
  /// look in the process's own folder first, and write there. Names of storages become their places.
  ///
  /// - Throws: ``LakeError`` for a storage that cannot be used.
  func changes(in tokens: [SQLToken]) throws(LakeError) -> [(token: SQLToken, text: String)] {
    var changes: [(token: SQLToken, text: String)] = []
    for (index, token) in tokens.enumerated()
    where token.kind == .string && Self.namesFile(at: index, in: tokens) {
      if let place = try located(token.value, at: token) {
        changes.append((token, SQLLiteral.string(place)))
      } else if let baseFolder, isRelative(token.value) {
        changes.append((token, SQLLiteral.string(Self.joined(baseFolder, token.value))))
      }
    }
    return changes
  }

  /// The values of a statement's parameters, those that name files of storages with the places behind the names.
  ///
  /// - Throws: ``LakeError`` for a storage that cannot be used, and for a parameter that is a file here and a value there.
  func located(_ parameters: [String: Value], in statement: SQLStatement) throws(LakeError) -> [String: Value]
  {
    var located = parameters
    for (name, value) in parameters {
      guard let path = value.stringValue, path.contains("://") else { continue }
      let uses = statement.tokens.indices.filter { index in
        let token = statement.tokens[index]
        return token.kind == .parameter && token.value.lowercased() == name.lowercased()
      }
      let files = uses.filter { Self.namesFile(at: $0, in: statement.tokens) }
      guard let first = files.first, let place = try self.located(path, at: statement.tokens[first]) else {
        continue
      }
      guard files.count == uses.count else {
        throw LakeError(
          .refused, "$\(name) names a file of a storage, and is used as a value, too",
          hint: "Give the value by another parameter.",
          position: StatementPolicy.position(statement.tokens[first]))
      }
      located[name] = .varchar(place)
    }
    return located
  }

  private func located(_ path: String, at token: SQLToken) throws(LakeError) -> String? {
    do { return try storages.place(of: path) } catch { throw error.at(StatementPolicy.position(token)) }
  }

  /// Refuses a COPY … TO that could write over a lake's catalog or Parquet files.
  ///
  /// - Throws: ``LakeError`` with code `refused`.
  func check(_ tokens: [SQLToken], parameters: [String: Value]) throws(LakeError) {
    try refuseCatalogs(tokens, parameters)
    guard let place = CopyTarget.place(in: tokens[...]) else { return }
    let path: String
    switch place.kind {
    case .string: path = try located(place.value, at: place) ?? place.value
    case .parameter:
      guard
        let text = parameters.first(where: { $0.key.lowercased() == place.value.lowercased() })?.value
          .stringValue
      else { return }
      path = text
    default:
      throw LakeError(
        .refused, "COPY writes to a file named by a text or a parameter only",
        hint: "Write COPY … TO 'folder/file.parquet' or TO $name.", position: StatementPolicy.position(place))
    }
    guard let hit = guarded.first(where: { covers($0, path) || holds($0, path) }) else {
      return try storages.prepare(path)
    }
    throw LakeError(
      .refused, "COPY may not write into a lake's own files at \(hit)",
      hint: "Write to a folder listed under files: in tarn.yaml, or INSERT INTO a table.",
      position: StatementPolicy.position(place))
  }

  private func refuseCatalogs(_ tokens: [SQLToken], _ parameters: [String: Value]) throws(LakeError) {
    for token in tokens where token.kind == .string || token.kind == .parameter {
      let text =
        token.kind == .string
        ? (try? storages.place(of: token.value)) ?? token.value
        : parameters.first { $0.key.lowercased() == token.value.lowercased() }?.value.stringValue ?? ""
      guard text.contains("/"), let hit = guarded.first(where: { !$0.hasSuffix("/") && covers($0, text) })
      else { continue }
      throw LakeError(
        .refused, "the catalog file \(hit) is not for scripts", hint: "Name the lake's tables instead.",
        position: StatementPolicy.position(token))
    }
  }

  /// Whether a path or pattern names, or could match, a lake's own files.
  func mayReachLakes(_ path: String) -> Bool {
    let plain = Self.withPlainScheme(path)
    let absolute = isRelative(plain) ? Self.joined(baseFolder ?? "", plain) : plain
    // What stands before the first sign of a pattern is certain.
    let certain = String(absolute.prefix { !"*?[{".contains($0) })
    let isPattern = certain.utf8.count < absolute.utf8.count
    let folder =
      isPattern
      ? String(certain[..<(certain.lastIndex(of: "/").map(certain.index(after:)) ?? certain.startIndex)])
      : certain
    let place = Self.normalized(folder)
    return (guarded + [passing]).contains { own in
      if covers(own, place) || own.hasPrefix(place + "/") || own == place { return true }
      return isPattern && (own.hasPrefix(place) || place.isEmpty)
    }
  }

  /// Object stores answer to several schemes, and files to one that DuckDB takes off: `file:/x`, `file:///x`, `file://host/x`.
  private static func withPlainScheme(_ path: String) -> String {
    let lowered = path.lowercased()
    for (scheme, plain) in [("s3a://", "s3://"), ("s3n://", "s3://"), ("gcs://", "gs://")]
    where lowered.hasPrefix(scheme) {
      return plain + path.dropFirst(scheme.count)
    }
    guard lowered.hasPrefix("file:/") else { return path }
    let rest = path.dropFirst("file:".count)
    return rest.hasPrefix("//") ? String(rest.dropFirst(2).drop { $0 != "/" }) : String(rest)
  }

  private func covers(_ place: String, _ path: String) -> Bool {
    let path = Self.withPlainScheme(path)
    let absolute = isRelative(path) ? Self.joined(baseFolder ?? "", path) : path
    let normalized = Self.normalized(absolute)
    if place.hasSuffix("/") { return (normalized + "/").hasPrefix(place) }
    return normalized == place || normalized.hasPrefix(place + ".") || normalized.hasPrefix(place + "-")
  }

  /// Whether a folder has a lake's own files in it: a COPY may empty the folder that it writes into.
  private func holds(_ place: String, _ path: String) -> Bool {
    let plain = Self.withPlainScheme(path)
    let folder = Self.normalized(isRelative(plain) ? Self.joined(baseFolder ?? "", plain) : plain)
    return place.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
  }

  private func isRelative(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.hasPrefix("~") && !path.contains("://")
  }

  private static func joined(_ folder: String, _ path: String) -> String {
    var rest = Substring(path)
    while rest.hasPrefix("./") { rest = rest.dropFirst(2) }
    return folder + "/" + rest
  }

  /// Without `.`, `..`, doubled slashes and symbolic links; a slash at the end stays.
  private static func normalized(_ path: String) -> String {
    guard !path.contains("://") else { return path }
    let plain = URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().path
    return path.hasSuffix("/") && !plain.hasSuffix("/") ? plain + "/" : plain
  }

  /// Whether a text stands where DuckDB takes it for a file: as a table, as COPY's place, or as the first argument of
  /// a function that reads files.
  private static func namesFile(at index: Int, in tokens: [SQLToken]) -> Bool {
    guard index > 0 else { return false }
    var before = index - 1
    while before > 0,
      tokens[before].text == "[" || tokens[before].text == "," || tokens[before].kind == .string
        || tokens[before].kind == .parameter
    {
      // Inside a list of files: the bracket decides.
      if tokens[before].text == "[" {
        before -= 1
        return before > 0 && tokens[before].text == "(" && readsFiles(tokens[before - 1])
      }
      before -= 1
    }
    let previous = tokens[index - 1]
    if previous.text == "(" { return index > 1 && readsFiles(tokens[index - 2]) }
    if previous.isWord("to") { return tokens[0].isWord("copy") }
    if previous.isWord("from") { return !isFromOfExpression(at: index - 1, in: tokens) }
    return ["join", "describe", "summarize"].contains(where: previous.isWord)
  }

  /// `a IS DISTINCT FROM 'b'`, `trim('a' FROM 'b')`, `extract(year FROM 'b')`: no table follows.
  private static func isFromOfExpression(at index: Int, in tokens: [SQLToken]) -> Bool {
    guard index > 0 else { return false }
    if tokens[index - 1].isWord("distinct") { return true }
    var depth = 0
    for position in stride(from: index - 1, through: 1, by: -1) {
      switch tokens[position].text {
      case ")": depth += 1
      case "(" where depth == 0:
        return ["trim", "extract", "substring", "overlay"].contains(where: tokens[position - 1].isWord)
      case "(": depth -= 1
      default: continue
      }
    }
    return false
  }

  private static func readsFiles(_ token: SQLToken) -> Bool {
    let name = token.value.lowercased()
    return name.hasPrefix("read_") || name.hasPrefix("parquet_") || name == "glob" || name == "sniff_csv"
  }
}
