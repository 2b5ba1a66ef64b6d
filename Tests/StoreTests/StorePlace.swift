import Foundation
import Store
import TestKit
import Testing

/// The databases that a store can be in.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
  case sqlite
  case postgresql

  /// Those that can be had here.
  static var usable: [StoreKind] { TestPostgreSQL.isInstalled ? allCases : [.sqlite] }

  var testDescription: String { rawValue }
}

/// A place for a new store.
struct StorePlace {
  let location: StoreLocation
  /// Ends with the place.
  private let folder: TemporaryFolder

  init(_ kind: StoreKind) async throws {
    folder = try TemporaryFolder("store")
    switch kind {
    case .sqlite: location = .sqlite(path: folder.path + "/state/tarn.sqlite")
    case .postgresql: location = .postgresql(url: try await TestPostgreSQL.url())
    }
  }
}
