/// Which file an item lies in, and which item lies in a file: the layout of Windmill's `wmill sync`.
///
/// A script's text lies in `PATH` with the ending of its language, and what else there is to say of it in `PATH.script.yaml`
/// beside it. Resources lie in `PATH.resource.yaml`, variables in `PATH.variable.yaml`, folders in `f/NAME/folder.meta.yaml`.
public enum FileLayout {
  /// The folders that items lie in: of users, of the workspace, of groups.
  public static let roots = ["f", "g", "u"]

  /// What a file holds.
  public enum Role: Sendable, Hashable {
    /// A script's text. The language is nil where `PATH.script.yaml` has to name it.
    case text(path: String, language: String?)
    /// What is said of a script beside its text.
    case scriptSettings(path: String)
    /// The whole of an item of another kind.
    case settings(SyncKey)
  }

  /// Longer endings before those that they end in. The first of a language is the one that is written.
  private static let endings: [(ending: String, language: String)] = [
    (".duckdb.sql", "duckdb"), (".pg.sql", "postgresql"), (".sql", "duckdb"), (".py", "python3"),
    (".deno.ts", "deno"), (".bun.ts", "bun"), (".fetch.ts", "nativets"), (".ts", "typescript"),
    (".sh", "bash"), (".load.yaml", "load"),
  ]
  private static let otherEnding = ".txt"
  private static let folderFile = "folder.meta.yaml"

  /// Languages that an ending tells; others stand in `PATH.script.yaml`.
  static func isTold(_ language: String) -> Bool { endings.contains { $0.language == language } }

  /// What a file holds; nil for one that is none of ours.
  ///
  /// - Parameter file: below the folder, such as `f/team/load.py`.
  public static func role(of file: String) -> Role? {
    func path(_ ending: String) -> String? {
      guard file.utf8.count > ending.utf8.count, file.hasBytes(atEnd: ending) else { return nil }
      let path = String(decoding: file.utf8.dropLast(ending.utf8.count), as: UTF8.self)
      return path.hasBytes(atEnd: "/") ? nil : path
    }
    if let folder = path("/" + folderFile) {
      let parts = folder.pathParts
      return parts.count == 2 && parts[0] == "f" ? .settings(SyncKey(.folder, folder)) : nil
    }
    if let path = path(".script.yaml") { return .scriptSettings(path: path) }
    if let path = path(".resource.yaml") { return .settings(SyncKey(.resource, path)) }
    if let path = path(".variable.yaml") { return .settings(SyncKey(.variable, path)) }
    for (ending, language) in endings {
      if let path = path(ending) { return .text(path: path, language: language) }
    }
    return path(otherEnding).map { .text(path: $0, language: nil) }
  }

  /// Where an item's files lie, below the folder.
  public struct Place: Sendable, Hashable {
    /// Of a script's text; nil of other kinds.
    public let text: String?
    public let settings: String

    public init(text: String?, settings: String) {
      self.text = text
      self.settings = settings
    }
  }

  /// Where an item lies.
  ///
  /// - Throws: ``SyncError`` for a path that would lead out of the folder, or whose file would be read as another item's.
  public static func place(of item: SyncItem) throws(SyncError) -> Place {
    try check(item.key)
    let path = item.key.path
    switch item.key.kind {
    case .folder: return Place(text: nil, settings: path + "/" + folderFile)
    case .variable, .resource: return Place(text: nil, settings: "\(path).\(item.key.kind.rawValue).yaml")
    case .script:
      let language = item.language ?? ""
      let ending = endings.first { $0.language == language }?.ending ?? otherEnding
      let place = Place(text: path + ending, settings: path + ".script.yaml")
      guard case .text(let read, let told) = role(of: path + ending), read.utf8.elementsEqual(path.utf8),
        told == (isTold(language) ? language : nil)
      else {
        throw SyncError(
          "script '\(path)' in '\(language)' cannot be a file: \(path + ending) is the name of another script's. Give it another path on the server"
        )
      }
      return place
    }
  }

  /// - Throws: ``SyncError`` for a path that is none of a workspace's, or would lead out of the folder.
  public static func check(_ key: SyncKey) throws(SyncError) {
    let parts = key.path.pathParts
    let isClean = parts.allSatisfy { part in
      !part.isEmpty && part != "." && part != ".."
        // What lies in a folder of this name is what git does.
        && part.lowercased() != ".git"
        && part.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F && $0 != "\\" }
    }
    let isLong = key.kind == .folder ? parts.count == 2 && parts[0] == "f" : parts.count >= 2
    guard isClean, isLong, let first = parts.first, roots.contains(first) else {
      throw SyncError("\(key.kind.rawValue) '\(visible(key.path))' cannot be a file in this folder")
    }
  }

  /// Two files that a file system takes for one, or that would lie in one folder instead of two, when it does not tell upper
  /// from lower case, or knows one spelling of accents alone.
  ///
  /// - Parameter files: below the folder.
  /// - Returns: the first two; nil when there are none.
  public static func clash(among files: [String]) -> (String, String)? {
    var known: [String: String] = [:]
    for file in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      var place = ""
      for part in file.pathParts {
        place += place.isEmpty ? part : "/" + part
        // As keys of a dictionary, strings are equal whatever the spelling of their accents.
        if let other = known.updateValue(place, forKey: place.lowercased()),
          !other.utf8.elementsEqual(place.utf8)
        {
          return (other, place)
        }
      }
    }
    return nil
  }

  private static func visible(_ path: String) -> String {
    String(String.UnicodeScalarView(path.unicodeScalars.prefix(80).map { $0.value < 0x20 ? "?" : $0 }))
  }
}
