import Foundation
import LakeSettings
import TestKit
import Testing

@Suite("tarn load: databases", .serialized) struct LoadDatabaseTests {
  private func types(_ lab: CommandLab, of table: String) async throws -> String {
    let query =
      "SELECT string_agg(column_name || ' ' || column_type, ', ') t FROM (DESCRIBE \(table)) WHERE column_name NOT LIKE '\\_dlt%' ESCAPE '\\'"
    return try await lab.output("sql", "--format", "csv", query).split(separator: "\n").last.map(String.init)
      ?? ""
  }

  // MARK: Files

  @Test func `SQLite: all tables or some, in one snapshot, types kept`() async throws {
    let lab = try CommandLab()
    let made = try await TarnProcess(in: lab.folder.path, executable: "/usr/bin/python3").run(
      "-c",
      """
      import sqlite3
      c = sqlite3.connect('shop.db')
      c.executescript('''CREATE TABLE customer(id INTEGER, name TEXT, joined DATE, at DATETIME, photo BLOB, score REAL);
      INSERT INTO customer VALUES (1, 'Ada', '2024-01-02', '2024-01-02 03:04:05', x'00ff', 1.5);
      CREATE TABLE orders(id INTEGER); INSERT INTO orders VALUES (7), (8);
      CREATE VIEW latest AS SELECT max(id) AS id FROM orders''')
      """)
    #expect(made.status == 0, "\(made)")
    let all = try await lab.tarn("load", "shop.db", "--into", "s")
    #expect(all.errors.contains("loaded 3 rows into main/s (snapshot 1, "), "\(all)")
    let columns = try await types(lab, of: "s.customer")
    #expect(columns == #""id BIGINT, name VARCHAR, joined DATE, at TIMESTAMP, photo BLOB, score DOUBLE""#)
    try await lab.output("load", "sqlite:///shop.db", "--into", "v", "--tables", "latest")
    #expect(try await lab.output("sql", "--json", "SELECT id FROM v.latest") == "[{\"id\":8}]\n")
    try await lab.fails(
      "load", "shop.db", "--into", "s", "--tables", "ordrs",
      saying: "no table 'ordrs'. Did you mean 'orders'?")
    try lab.folder.write("source:\n  sqlite: shop.db\ninto: f\ntables: [orders]\n", to: "l.yaml")
    try await lab.output("load", "-f", "l.yaml")
    #expect(try await lab.output("sql", "--json", "SELECT sum(id)::INT s FROM f.orders") == "[{\"s\":15}]\n")
  }

  @Test func `files that are no database, or not there`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("certainly no database", to: "bad.db")
    try await lab.fails("load", "bad.db", "--into", "s", saying: "bad.db is no SQLite database")
    try await lab.fails("load", "bad.duckdb", "--into", "s", saying: "there is no file", "bad.duckdb")
  }

  // MARK: Servers

  private static func postgreSQL(_ lab: CommandLab, _ sql: String) async throws -> PostgreSQLCatalog {
    let server = try await TestPostgreSQL.catalog()
    let schema = try #require(server.schema)
    let psql = TarnProcess(
      in: lab.folder.path, environment: ["PGPASSWORD": TestPostgreSQL.password], executable: "/usr/bin/psql")
    let made = try await psql.run(
      "-q", "-v", "ON_ERROR_STOP=1", "-h", server.host, "-p", "\(server.port)", "-U", server.user,
      server.database,
      "-c", "CREATE SCHEMA \(schema); SET search_path = \(schema); \(sql)")
    #expect(made.status == 0, "\(made)")
    return server
  }

  @Test(.enabled(if: TestPostgreSQL.isInstalled))
  func `PostgreSQL: types are kept, the password is nowhere`() async throws {
    let lab = try CommandLab()
    let server = try await Self.postgreSQL(
      lab,
      """
      CREATE TABLE customer(id int PRIMARY KEY, name text, at timestamptz, u uuid, j jsonb, tags text[], n numeric, m numeric(12,2));
      INSERT INTO customer VALUES (1, 'Ada', '2024-01-02 03:04:05+02', '00000000-0000-0000-0000-000000000001', '{"a": 1}', '{x,y}', 12345678901234567890.123456789, 12.50);
      CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 1000) i;
      CREATE VIEW latest AS SELECT max(id) AS id FROM orders
      """)
    let schema = server.schema ?? ""
    let address =
      "postgresql://\(server.user)@\(server.host):\(server.port)/\(server.database)?schema=\(schema)"
    let process = TarnProcess(in: lab.folder.path, environment: ["SHOP_PASSWORD": TestPostgreSQL.password])
    let all = try await process.run("load", address, "--into", "s", "--password-env", "SHOP_PASSWORD")
    #expect(all.errors.contains("loaded 1,001 rows into main/s (snapshot 1, "), "\(all)")
    #expect(!all.output.contains("latest"), "\(all)")
    let columns = try await types(lab, of: "s.customer")
    #expect(
      columns
        == #""id INTEGER, name VARCHAR, at TIMESTAMP WITH TIME ZONE, u VARCHAR, j JSON, tags JSON, n DECIMAL(38,9), m DECIMAL(12,2)""#
    )
    #expect(
      try await lab.output("sql", "--json", "SELECT n, j, tags FROM s.customer")
        == #"[{"n":"12345678901234567890.123456789","j":{"a":1},"tags":["x","y"]}]"# + "\n")

    // Declared, by way of init; the file names the variable.
    let made = try await process.run(
      "load", "init", address, "--into", "f", "--password-env", "SHOP_PASSWORD", "--tables", "customer")
    #expect(made.status == 0, "\(made)")
    let text = try lab.folder.read("f.load.yaml")
    #expect(text.contains("password_env: SHOP_PASSWORD"), "\(text)")
    let loaded = try await process.run("load", "-f", "f.load.yaml")
    #expect(loaded.status == 0, "\(loaded)")

    // Wrong in every way.
    let wrong = TarnProcess(in: lab.folder.path, environment: ["SHOP_PASSWORD": "another-word"])
    for (runner, arguments, expected) in [
      (
        wrong, ["load", address, "--into", "s", "--password-env", "SHOP_PASSWORD"],
        "password authentication failed"
      ),
      (process, ["load", address, "--into", "s"], "no password supplied"),
      (
        process, ["load", address.replacing("@", with: ":\(TestPostgreSQL.password)@"), "--into", "s"],
        "a password may not stand in an address"
      ),
      (
        process, ["load", address + "x", "--into", "s", "--password-env", "SHOP_PASSWORD"],
        "there is no table in schema"
      ),
      (
        process,
        [
          "load", address.replacing("\(server.port)", with: "1"), "--into", "s", "--password-env",
          "SHOP_PASSWORD",
        ], "Connection refused"
      ),
    ] {
      let outcome = try await runner.run(arguments)
      #expect(outcome.status != 0 && outcome.errors.contains(expected), "\(outcome)")
      #expect(outcome.errorLines.count == 1, "\(outcome)")
      for secret in [TestPostgreSQL.password, "another-word"] {
        #expect(!outcome.errors.contains(secret) && !outcome.output.contains(secret))
      }
    }
    // Nothing of it stays behind in the workspace.
    let grep = TarnProcess(in: lab.folder.path, executable: "/bin/grep")
    #expect(try await grep.run("-r", TestPostgreSQL.password, lab.folder.path).output.isEmpty)
  }

  @Test(.enabled(if: TestMariaDB.isInstalled)) func `MariaDB`() async throws {
    let lab = try CommandLab()
    let server = try await TestMariaDB.start(
      """
      CREATE TABLE customer(id INT UNSIGNED, name VARCHAR(20), n DECIMAL(20,5), at DATETIME(6), ok TINYINT(1), b BLOB);
      INSERT INTO customer VALUES (4294967295, 'Ada', 12.5, '2024-01-02 03:04:05.123456', 1, x'00ff');
      CREATE TABLE orders(id INT); INSERT INTO orders VALUES (7);
      CREATE VIEW latest AS SELECT * FROM orders;
      """)
    let process = TarnProcess(in: lab.folder.path, environment: ["SHOP_PASSWORD": TestMariaDB.password])
    let address = "mysql://reader@127.0.0.1:\(server.port)/shop"
    let all = try await process.run("load", address, "--into", "s", "--password-env", "SHOP_PASSWORD")
    #expect(all.errors.contains("loaded 2 rows into main/s (snapshot 1, "), "\(all)")
    let columns = try await types(lab, of: "s.customer")
    #expect(columns == #""id BIGINT, name VARCHAR, n DECIMAL(20,5), at TIMESTAMP, ok BOOLEAN, b BLOB""#)
    let refused = try await TarnProcess(in: lab.folder.path, environment: ["SHOP_PASSWORD": "another-word"])
      .run(
        "load", address, "--into", "s", "--password-env", "SHOP_PASSWORD")
    #expect(refused.errors.contains("Access denied") && refused.errorLines.count == 1, "\(refused)")
    #expect(!refused.errors.contains("another-word"))
  }
}
