import Accounts
import Foundation
import JSON
import LakeSettings
import TestKit
import Testing

extension ServerLab {
  /// A workspace with the data table `main` on the tests' PostgreSQL.
  static func withDataTable(
    lakes: @escaping @Sendable (TemporaryFolder) throws -> [LakeConfiguration] = { _ in [] },
    _ body: @escaping @Sendable (ServerLab) async throws -> Void
  ) async throws {
    let url = try #require(URLComponents(string: try await TestPostgreSQL.url()))
    try await with(python: WmillPackage.isInstalled ? WmillPackage.python : nil, lakes: lakes) { lab in
      let resource = JSONObject(pairs: [
        "host": .string(url.host ?? ""), "port": .int(url.port ?? 0),
        "dbname": .string(String(url.path.dropFirst())),
        "user": .string(url.user ?? ""), "password": .string("$var:f/db/password"),
        "sslmode": .string("disable"),
      ])
      try await lab.accounts.createVariable(
        "f/db/password", of: "main", value: url.password ?? "", isSecret: true, description: "", by: "ann")
      try await lab.accounts.createResource(
        "f/db/main", of: "main", value: JSONValue.object(resource).text, type: "postgresql", description: "",
        by: "ann")
      try await lab.accounts.setDataTables([DataTableEntry(name: "main", resource: "f/db/main")], of: "main")
      let made = try await lab.query(
        """
        CREATE TABLE friend (id BIGINT PRIMARY KEY, name TEXT); INSERT INTO friend VALUES (7, 'Ann');
        CREATE SCHEMA analytics; CREATE TABLE analytics.visit AS SELECT * FROM generate_series(1, 2) AS i;
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        DO $$ BEGIN CREATE ROLE reader; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
        GRANT USAGE ON SCHEMA public TO reader; GRANT SELECT ON friend TO reader
        """, language: "postgresql")
      #expect(made.status == 200, "\(made.text)")
      try await body(lab)
    }
  }
}
