internal import Foundation

/// Where a store is.
public enum StoreLocation: Sendable, Hashable, CustomStringConvertible {
  /// A file; absolute path.
  case sqlite(path: String)
  /// A database of a server, as a URL: `postgresql://user:password@host:port/database?parameters`.
  case postgresql(url: String)

  /// - Parameter text: a URL that begins with `postgresql://` or `postgres://`, or a file's path.
  /// - Throws: ``StoreError`` for a URL of another kind.
  public init(_ text: String) throws(StoreError) {
    guard let end = text.range(of: "://") else {
      let isAbsolute = text.hasPrefix("/")
      self = .sqlite(path: isAbsolute ? text : FileManager.default.currentDirectoryPath + "/" + text)
      return
    }
    switch text[..<end.lowerBound] {
    case "postgresql", "postgres": self = .postgresql(url: text)
    case "sqlite": self = try StoreLocation(String(text[end.upperBound...]))
    case let scheme:
      throw StoreError(
        .unavailable, "a store cannot be at '\(scheme)://…'",
        hint: "Name a file, or a PostgreSQL database as postgresql://host/database.")
    }
  }

  /// Without a password.
  public var description: String {
    switch self {
    case .sqlite(let path): path
    case .postgresql(let url):
      URLComponents(string: url).map { "postgresql://\($0.host ?? "localhost")\($0.path)" }
        ?? "postgresql://…"
    }
  }
}
