internal import SQLText
public import Store

/// A data table of a workspace: a name for a PostgreSQL database that a resource describes.
public struct DataTableEntry: Sendable, Hashable {
  public let name: String
  /// The path of a resource of type `postgresql`.
  public let resource: String

  public init(name: String, resource: String) {
    self.name = name
    self.resource = resource
  }
}

/// The table of data tables.
public enum DataTableMigrations {
  public static let all = [
    Migration(
      part: "datatables", number: 1,
      statements: """
        CREATE TABLE data_table (
          workspace TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          resource TEXT NOT NULL,
          PRIMARY KEY (workspace, name)
        );
        """)
  ]
}

extension Accounts {
  /// The data tables of a workspace, in the order of their names.
  ///
  /// - Throws: `StoreError`.
  public func dataTables(of workspace: String) async throws -> [DataTableEntry] {
    try await store.read { transaction in
      try transaction.query(
        "SELECT name, resource FROM data_table WHERE workspace = \(workspace) ORDER BY name"
      ).map { DataTableEntry(name: try $0.text("name"), resource: try $0.text("resource")) }
    }
  }

  /// - Throws: ``AccountError`` when there is none, which says what there is instead; `StoreError`.
  public func dataTable(_ name: String, of workspace: String) async throws -> DataTableEntry {
    let all = try await dataTables(of: workspace)
    if let found = all.first(where: { $0.name == name }) { return found }
    let others =
      all.isEmpty
      ? "the workspace has none; an admin names one with POST /api/w/\(workspace)/workspaces/edit_datatable_config"
      : "there are: \(all.map(\.name).joined(separator: ", "))"
    throw AccountError(.notFound, "there is no data table '\(name.prefix(80))'; \(others)")
  }

  /// Makes these the workspace's data tables, in place of those it had.
  ///
  /// - Throws: ``AccountError`` for a name that cannot be, or stands there twice; `StoreError`.
  public func setDataTables(_ entries: [DataTableEntry], of workspace: String) async throws {
    var names: Set<String> = []
    for entry in entries {
      guard (1...50).contains(entry.name.utf8.count), entry.name.utf8.allSatisfy(Self.isNameByte) else {
        throw AccountError(
          .invalid,
          "'\(entry.name.prefix(80))' is no name of a data table: up to 50 letters, digits, '_' and '-'")
      }
      guard names.insert(entry.name).inserted else {
        throw AccountError(.invalid, "data table '\(entry.name)' is there twice")
      }
      try Self.checkPath(entry.resource)
    }
    try await store.write { transaction in
      try Self.requireWorkspace(workspace, in: transaction)
      try transaction.execute("DELETE FROM data_table WHERE workspace = \(workspace)")
      for entry in entries {
        try transaction.execute(
          "INSERT INTO data_table (workspace, name, resource) VALUES (\(workspace), \(entry.name), \(entry.resource))"
        )
      }
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
