import Foundation

/// What a project of dlt says of its destination: environment variables, then `.dlt/secrets.toml`, then
/// `.dlt/config.toml`.
struct DLTSettings {
  /// A file of settings.
  struct File {
    let path: String
    let table: TOMLTable
  }

  let environment: [String: String]
  /// The files, the one that goes before first.
  let files: [File]

  /// The names of the files, the one that goes before first.
  static let fileNames = [".dlt/secrets.toml", ".dlt/config.toml"]

  /// Reads the settings in a folder; files that are not there have none.
  ///
  /// - Throws: ``WorkspaceError`` with file and line.
  init(folder: String, environment: [String: String]) throws(WorkspaceError) {
    self.environment = environment
    var files: [File] = []
    for name in Self.fileNames {
      let path = folder + "/" + name
      guard let data = FileManager.default.contents(atPath: path) else { continue }
      guard let text = String(data: data, encoding: .utf8) else {
        throw WorkspaceError("this is no UTF-8 text", path: path)
      }
      do { files.append(File(path: path, table: try TOMLDocument(text).root)) } catch {
        throw WorkspaceError("this is no readable TOML: \(error.message)", path: path, line: error.line)
      }
    }
    self.files = files
  }

  /// A value and where it was found.
  struct Found {
    let value: TOMLValue
    /// The file; nil for the environment.
    let path: String?
    let line: Int?
    /// How it is called there, for messages.
    let name: String
  }

  /// A setting, looked for as dlt does: in the whole section, then with sections left out from the middle.
  ///
  /// - Parameters:
  ///   - key: the way to the value below the section.
  ///   - section: the section, such as `destination.ducklake.credentials`.
  func find(_ key: [String], in section: [String]) -> Found? {
    for prefix in Self.fallbacks(section) {
      let way = prefix + key
      let variable = way.map { $0.uppercased() }.joined(separator: "__")
      if let text = environment[variable], !text.isEmpty {
        return Found(value: .string(text), path: nil, line: nil, name: variable)
      }
    }
    for file in files {
      for prefix in Self.fallbacks(section) {
        let way = prefix + key
        guard let member = Self.member(way[...], in: file.table) else { continue }
        return Found(
          value: member.value, path: file.path, line: member.line, name: way.joined(separator: "."))
      }
    }
    return nil
  }

  /// `destination.ducklake.credentials`, `destination.credentials`, `credentials`.
  private static func fallbacks(_ section: [String]) -> [[String]] {
    guard section.count == 3 else { return [section] + (section.count > 1 ? [Array(section.prefix(1))] : []) }
    return [section, [section[0], section[2]], [section[2]]]
  }

  private static func member(_ way: ArraySlice<String>, in table: TOMLTable) -> TOMLTable.Member? {
    guard let key = way.first, let member = table.members.first(where: { $0.key == key }) else { return nil }
    if way.count == 1 { return member }
    guard case .table(let next) = member.value else { return nil }
    return Self.member(way.dropFirst(), in: next)
  }
}
