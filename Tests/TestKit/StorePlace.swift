import Foundation
public import Store
public import Testing

/// The databases that a store can be in.
public enum StoreKind: String, CaseIterable, CustomTestStringConvertible, Sendable {
  case sqlite
  case postgresql

  /// Those that can be had here.
  public static var usable: [StoreKind] { TestPostgreSQL.isInstalled ? allCases : [.sqlite] }

  public var testDescription: String { rawValue }
}

/// A place for a new store.
public struct StorePlace: Sendable {
  public let location: StoreLocation
  /// Ends with the place.
  private let folder: TemporaryFolder

  public init(_ kind: StoreKind) async throws {
    folder = try TemporaryFolder("store")
    switch kind {
    case .sqlite: location = .sqlite(path: folder.path + "/state/tarn.sqlite")
    case .postgresql: location = .postgresql(url: try await TestPostgreSQL.url())
    }
  }

  /// Runs `body` with the store, which is closed afterwards.
  public func withStore<Result>(
    migrations: [Migration], _ body: (Store) async throws -> Result
  ) async throws -> Result {
    let store = try await Store.open(location, migrations: migrations)
    do {
      let result = try await body(store)
      await store.close()
      return result
    } catch {
      await store.close()
      throw error
    }
  }
}
