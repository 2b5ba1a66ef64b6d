internal import PostgreSQL
public import SQLText
internal import SQLite

/// The open transaction that a closure of ``Store/write(_:)`` or ``Store/read(_:)`` works in. Its calls block; it lives as
/// long as the closure runs, on the thread that the closure runs on.
public final class StoreTransaction {
  /// The two databases' ways of saying things, where they differ.
  public enum Dialect: Sendable {
    case sqlite
    case postgresql
  }

  enum Driver {
    case sqlite(SQLiteConnection)
    case postgresql(PostgreSQLConnection)
  }

  private let driver: Driver
  /// What is to be told to those who listen, once it is committed.
  private(set) var notices: [StoreNotice] = []

  init(_ driver: Driver) { self.driver = driver }

  /// Which database it is.
  public var dialect: Dialect {
    switch driver {
    case .sqlite: .sqlite
    case .postgresql: .postgresql
    }
  }

  /// Runs one statement and gives its rows.
  ///
  /// - Throws: ``StoreError``.
  @discardableResult
  public func query(_ sql: SQL) throws(StoreError) -> [StoreRow] {
    do {
      switch driver {
      case .sqlite(let connection):
        let found = try connection.query(sql)
        let places = Self.places(found.columns)
        return found.rows.map { StoreRow(places: places, values: $0.map { StoreValue($0) }) }
      case .postgresql(let connection):
        let found = try connection.query(sql)
        let places = Self.places(found.columns.map(\.name))
        return found.rows.map { StoreRow(places: places, values: $0.map { StoreValue($0) }) }
      }
    } catch let error as SQLiteError { throw StoreError(error) } catch let error as PostgreSQLError {
      throw StoreError(error)
    } catch {
      throw StoreError(.statement, "\(error)")
    }
  }

  /// Runs one statement and tells how many rows it inserted, updated or deleted.
  ///
  /// - Throws: ``StoreError``.
  @discardableResult
  public func execute(_ sql: SQL) throws(StoreError) -> Int {
    do {
      switch driver {
      case .sqlite(let connection): return try connection.execute(sql)
      case .postgresql(let connection): return try connection.execute(sql)
      }
    } catch let error as SQLiteError { throw StoreError(error) } catch let error as PostgreSQLError {
      throw StoreError(error)
    } catch {
      throw StoreError(.statement, "\(error)")
    }
  }

  /// Tells those who listen to a channel, in every process that uses this store, once this is committed.
  public func notify(_ channel: String, _ payload: String = "") {
    notices.append(StoreNotice(channel: channel, payload: payload))
  }

  func run(script: String) throws(StoreError) {
    do {
      switch driver {
      case .sqlite(let connection): try connection.run(script: script)
      case .postgresql(let connection): try connection.run(script: script)
      }
    } catch let error as SQLiteError { throw StoreError(error) } catch let error as PostgreSQLError {
      throw StoreError(error)
    } catch {
      throw StoreError(.statement, "\(error)")
    }
  }

  /// Drops what was to be told since then.
  func keepNotices(_ count: Int) { notices.removeLast(notices.count - count) }

  private static func places(_ columns: [String]) -> [String: Int] {
    Dictionary(columns.enumerated().map { ($1, $0) }) { $1 }
  }
}

/// A word to those who listen.
public struct StoreNotice: Sendable, Hashable {
  public let channel: String
  public let payload: String
}
