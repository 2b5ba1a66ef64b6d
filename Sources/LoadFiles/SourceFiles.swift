import Foundation
public import Loader

/// Which files go into which tables.
public enum SourceFiles {
  /// The files of one table.
  public struct Table: Sendable, Hashable {
    /// What the files call it.
    public let name: String
    /// Files and patterns.
    public let paths: [String]
  }

  /// Divides paths into tables: a folder has one for each file name and each folder in it, everything else is one table.
  ///
  /// - Parameters:
  ///   - paths: files, patterns and folders.
  ///   - table: the one table that all go into; nil to find out.
  /// - Throws: `LoadError` with code `source`, or `declaration` when it takes a name to tell.
  public static func tables(of paths: [String], into table: String?) throws(LoadError) -> [Table] {
    if let table {
      var all: [String] = []
      for path in paths { all += isFolder(path) ? try files(below: path) : [path] }
      return [Table(name: table, paths: all)]
    }
    var tables: [Table] = []
    let loose = paths.filter { !isFolder($0) }
    if let first = loose.first {
      let names = loose.map(Load.tableName)
      guard names.allSatisfy({ $0 == names[0] }) else {
        throw LoadError(
          .declaration, "'\(first)' and others: one table or several?",
          hint: "Name the table with --table, or give the folder for a table of each file.", key: "source")
      }
      tables.append(Table(name: names[0], paths: loose))
    }
    for path in paths where isFolder(path) { tables += try self.tables(in: path) }
    return tables
  }

  /// What may be in the files, by what is said or by their names; without complaint about those that nobody can tell.
  ///
  /// - Parameters:
  ///   - paths: files, patterns and folders.
  ///   - declared: what is said of all of them.
  public static func formats(of paths: [String], _ declared: String?) -> Set<LoadSource.FileFormat> {
    if let declared { return Set([LoadSource.FileFormat(rawValue: declared)].compactMap(\.self)) }
    var formats: Set<LoadSource.FileFormat> = []
    for path in paths {
      let found = isFolder(path) ? entries(of: path).map { joined(path, $0) } : [path]
      for file in found where file != path && isFolder(file) {
        formats.formUnion(self.formats(of: [file], nil))
      }
      formats.formUnion(found.compactMap { LoadSource.FileFormat(path: $0) })
    }
    return formats
  }

  /// How many bytes there are to read.
  ///
  /// - Parameter paths: files, patterns and folders.
  /// - Returns: nil when only reading tells: of patterns, and of files elsewhere.
  public static func size(of paths: [String]) -> Int? {
    var sum = 0
    for path in paths {
      if isFolder(path) {
        guard let below = size(of: entries(of: path).map { joined(path, $0) }) else { return nil }
        sum += below
      } else {
        guard let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int else {
          return nil
        }
        sum += size
      }
    }
    return sum
  }

  private static func tables(in folder: String) throws(LoadError) -> [Table] {
    var tables: [(name: String, paths: [String])] = []
    for name in entries(of: folder) {
      let path = joined(folder, name)
      let isFolder = isFolder(path)
      let found = isFolder ? try files(below: path) : [try known(path)]
      guard !found.isEmpty else { continue }
      let table = isFolder ? name : Load.tableName(of: name)
      if let index = tables.firstIndex(where: { $0.name == table }) {
        tables[index].paths += found
      } else {
        tables.append((table, found))
      }
    }
    guard !tables.isEmpty else {
      throw LoadError(.source, "there is no file in '\(folder)'", hint: "Give a folder with data files.")
    }
    return tables.map { Table(name: $0.name, paths: $0.paths) }
  }

  private static func files(below folder: String) throws(LoadError) -> [String] {
    var found: [String] = []
    for name in entries(of: folder) {
      let path = joined(folder, name)
      if isFolder(path) { found += try files(below: path) } else { found.append(try known(path)) }
    }
    return found
  }

  private static func known(_ path: String) throws(LoadError) -> String {
    guard LoadSource.FileFormat(path: path) != nil else {
      throw LoadError(
        .source, "nobody can tell from its name what is in '\(path)'",
        hint: "Remove it from the folder, or name the files to load with a pattern.")
    }
    return path
  }

  /// Names in order, without those that programs hide or mark.
  private static func entries(of folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { !$0.hasPrefix(".") && !$0.hasPrefix("_") }.sorted()
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  private static func joined(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }
}
