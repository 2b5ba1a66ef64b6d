import Foundation

/// The folder with DuckDB's extensions, as set-up placed and pinned them.
///
/// DuckDB checks an extension's signature by hashing the whole file (20 to 40 MB each) on every start.
/// Set-up has compared each file's SHA-256 with its pin and written the pins, sizes and times beside them; a
/// file that is still that very file (same size and modification time) need not be hashed again. Any
/// difference turns DuckDB's own signature check back on.
public struct ExtensionLibrary: Sendable, Hashable {
  /// Absolute path of the folder.
  public let folder: String
  /// Whether every file is as set-up verified it.
  public let isVerified: Bool

  /// - Parameter folder: absolute path of the folder with `NAME.duckdb_extension` files.
  public init(folder: String) {
    self.folder = folder
    isVerified = Self.matchesStamp(folder)
  }

  /// Finds the folder beside this program: `../lib/tarn/extensions`, in an installed copy as in a checkout.
  ///
  /// - Throws: ``LakeError`` when there is none.
  public static func beside(executable: String = Self.executablePath) throws -> ExtensionLibrary {
    if let given = ProcessInfo.processInfo.environment["TARN_LIB"] {
      return ExtensionLibrary(folder: given + "/extensions")
    }
    var folder = (executable as NSString).deletingLastPathComponent
    while folder.count > 1 {
      let candidate = folder + "/lib/tarn/extensions"
      if FileManager.default.fileExists(atPath: candidate + "/ducklake.duckdb_extension") {
        return ExtensionLibrary(folder: candidate)
      }
      folder = (folder as NSString).deletingLastPathComponent
    }
    throw LakeError(
      .installation, "DuckDB's extensions are missing beside \(executable)",
      hint: "In a checkout run make setup; an installed copy needs lib/tarn beside bin.")
  }

  /// The running program's file.
  public static var executablePath: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
  }

  /// The path of one extension.
  ///
  /// - Throws: ``LakeError`` when the file is not there.
  func path(_ name: String) throws -> String {
    let path = "\(folder)/\(name).duckdb_extension"
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw LakeError(
        .installation, "extension \(name) is missing in \(folder)", hint: "Run make setup, then tarn doctor.")
    }
    return path
  }

  /// The names of the extensions in the folder, sorted.
  public var available: [String] {
    let suffix = ".duckdb_extension"
    return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
      .filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }.sorted()
  }

  /// Each line of the stamp is `<sha256> <size> <mtime seconds> <file>`.
  private static func matchesStamp(_ folder: String) -> Bool {
    guard let stamp = try? String(contentsOfFile: folder + "/VERIFIED", encoding: .utf8) else { return false }
    let lines = stamp.split(separator: "\n")
    return !lines.isEmpty
      && lines.allSatisfy { line in
        let fields = line.split(separator: " ", maxSplits: 3)
        guard fields.count == 4 else { return false }
        var information = stat()
        guard stat("\(folder)/\(fields[3])", &information) == 0 else { return false }
        return Int64(fields[1]) == Int64(information.st_size)
          && Int64(fields[2]) == Int64(information.st_mtim.tv_sec)
      }
  }
}
