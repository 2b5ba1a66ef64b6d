/// The name of a branch, checked: lower-case letters, digits and `_`, beginning with a letter, 40 at most.
///
/// It becomes part of file names, of a PostgreSQL schema's name and of the name that SQL calls the branch by, hence the
/// narrow choice.
public struct BranchName: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  /// The name as written.
  public let text: String

  /// - Throws: ``LakeSettingsError`` that says what is wrong with the name.
  public init(_ text: String) throws(LakeSettingsError) {
    guard let first = text.unicodeScalars.first else {
      throw LakeSettingsError("a branch name may not be empty")
    }
    let letters: ClosedRange<Unicode.Scalar> = "a"..."z"
    let digits: ClosedRange<Unicode.Scalar> = "0"..."9"
    guard text.unicodeScalars.count <= 40, letters.contains(first),
      text.unicodeScalars.allSatisfy({ letters.contains($0) || digits.contains($0) || $0 == "_" })
    else {
      throw LakeSettingsError(
        "branch name '\(text)' may hold only lower-case letters, digits and '_', beginning with a letter, 40 at most"
      )
    }
    guard !Self.reserved.contains(text) else {
      throw LakeSettingsError("branch name '\(text)' is a command of tarn lake branch; choose another")
    }
    self.text = text
  }

  private static let reserved: Set<String> = ["create", "list", "diff", "merge", "drop", "help"]

  public var description: String { text }

  public static func < (left: BranchName, right: BranchName) -> Bool { left.text < right.text }
}

extension LakeName {
  /// The name of a branch as a lake: `main@dev`.
  public init(branch: BranchName, of lake: LakeName) { self.init(unchecked: "\(lake)@\(branch)") }

  /// Whether this names a branch.
  public var isBranch: Bool { text.contains("@") }
}

extension LakeConfiguration {
  /// The configuration of a branch of this lake: its catalog and its files lie beside the lake's own, under names that
  /// follow from the branch's.
  ///
  /// - Throws: ``LakeSettingsError`` when the lake can have no such branch.
  public func branch(_ branch: BranchName) throws(LakeSettingsError) -> LakeConfiguration {
    guard !name.isBranch else {
      throw LakeSettingsError("'\(name)' is a branch, which has no branches of its own")
    }
    guard let folder = storage.branches else {
      throw LakeSettingsError(
        "lake '\(name)' fills its whole bucket, so that there is no place for a branch's files beside it")
    }
    var place = folder
    switch place {
    case .folder(let path): place = .folder(path + branch.text)
    case .s3(var s3):
      s3.prefix += "/" + branch.text
      place = .s3(s3)
    }
    return LakeConfiguration(
      name: LakeName(branch: branch, of: name), catalog: try catalog.branch(branch), storage: place,
      createIfMissing: false)
  }
}

extension Storage {
  /// Where the files of all branches are: beside the lake's own files, never below them. Nil when nothing is beside them.
  public var branches: Storage? {
    switch self {
    case .folder: return .folder(String(dataPath.dropLast()) + ".branches/")
    case .s3(var s3):
      guard !s3.prefix.isEmpty else { return nil }
      s3.prefix += ".branches"
      return .s3(s3)
    }
  }
}

extension Catalog {
  /// The folder of the branches' catalogs, with a slash at its end; nil where they are in a server.
  public var branchesFolder: String? { filePath.map { $0 + ".branches/" } }

  /// What stands before a branch's name in the name of its PostgreSQL schema.
  public static func branchSchemaPrefix(_ catalog: PostgreSQLCatalog) -> String {
    (catalog.schema ?? "public") + "__branch_"
  }

  func branch(_ branch: BranchName) throws(LakeSettingsError) -> Catalog {
    switch self {
    case .sqlite(let path): return .sqlite(path: "\(path).branches/\(branch).sqlite")
    case .duckdb(let path): return .duckdb(path: "\(path).branches/\(branch).ducklake")
    case .postgresql(var catalog):
      let schema = Self.branchSchemaPrefix(catalog) + branch.text
      guard schema.utf8.count <= 63 else {
        throw LakeSettingsError(
          "branch name '\(branch)' is too long: PostgreSQL cannot name schema '\(schema)'")
      }
      catalog.schema = schema
      return .postgresql(catalog)
    }
  }
}
