import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing
import Worker

/// The examples of Windmill's pages on lakes and data tables, word for word, through the server. (The pages as we have them had
/// lost the blanks at the beginning of lines, which Python needs.)
@Suite(
  .enabled(
    if: Tools.hasDeno && WmillPackage.isInstalled,
    "make setup and scripts/setup-tests put Deno and wmill in place"))
struct SeedExamplesTests {
  private static let typeScript = """
    import * as wmill from 'windmill-client';
    export async function main(user_id: string) {
    // let sql = wmill.ducklake('named_ducklake');
    let sql = wmill.ducklake();
    // This string interpolation syntax is safe
    // and is transformed into a parameterized query
    let friend = await sql`SELECT * FROM friend WHERE id = ${user_id}`.fetchOne();
    // let allFriends = await sql`INSERT INTO friend VALUES ('John', 21)`.fetch();
    return friend;
    }
    """
  private static let python = """
    import wmill
    def main(user_id: str):
        # dl = wmill.ducklake('named_ducklake')
        dl = wmill.ducklake()
        # DuckDB scripts use named arguments
        friend = dl.query('SELECT * FROM friend WHERE id = $id', id=user_id).fetch_one()
        # all_friends = dl.query('SELECT * FROM friend').fetch()
        return friend
    """
  private static let duckDB = """
    -- $user_id (bigint)
    -- ATTACH 'ducklake://named_ducklake' AS dl;
    ATTACH 'ducklake' AS dl;
    USE dl;
    SELECT * FROM friend WHERE id = $user_id;
    -- Note: the original DuckDB syntax `ATTACH 'ducklake:postgres:connection_string'` does not benefit from Windmill's integration.
    """
  private static let dataTable = """
    import * as wmill from 'windmill-client';

    export async function main(user_id: string) {
    let sql = wmill.datatable();

    // String interpolation is safe: auto-converted to parameterized queries
    let friend = await sql`SELECT * FROM friend WHERE id = ${user_id}`.fetchOne();

    return friend;
    }
    """
  private static let events = """
    import * as wmill from 'windmill-client';
    export async function main() {
    let sql = wmill.datatable(':analytics');
    return await sql`SELECT * FROM events`.fetch(); // refers to analytics.events
    }
    """

  @Test func lakesInThreeLanguages() async throws {
    try await ServerLab.with(python: WmillPackage.python, set: Tools.withDeno) { lab async throws in
      _ = try await lab.query("CREATE TABLE friend (name TEXT, age INT, id TEXT)")
      _ = try await lab.query("INSERT INTO friend VALUES ('John', 21, '7'), ('Ann', 30, '8')")
      let friend = #"{"name":"Ann","age":30,"id":"8"}"#
      let text = JSONObject(pairs: ["user_id": .string("8")])
      #expect(try await lab.query(Self.typeScript, text, language: "bun").text == friend)
      #expect(try await lab.query(Self.typeScript, text, language: "deno").text == friend)
      #expect(try await lab.query(Self.python, text, language: "python3").text == friend)
      _ = try await lab.query(
        "DROP TABLE friend; CREATE TABLE friend AS SELECT 'Ann' AS name, 30 AS age, 8::BIGINT AS id")
      let number = JSONObject(pairs: ["user_id": .int(8)])
      #expect(
        try await lab.query(Self.duckDB, number).text == #"[{"name":"Ann","age":30,"id":8}]"#)
    }
  }

  @Test func messagesThatOtherScriptsFound() async throws {
    try await ServerLab.with { lab async throws in
      let one = JSONObject(pairs: [
        "content": .string("Fine!"), "author": .string("Ann"), "date": .string("2024-02-29"),
        "sentiment": .string("positive"),
      ])
      let arguments = JSONObject(pairs: ["messages": .array([.object(one)])])
      for count in 1...2 {
        #expect(try await lab.query(SeedScripts.messages, arguments).status == 200)
        #expect(
          try await lab.query("SELECT count(*) AS n, any_value(author) AS a FROM messages").text
            == #"[{"n":\#(count),"a":"Ann"}]"#)
      }
    }
  }

  @Test(.enabled(if: TestPostgreSQL.isInstalled, "Debian's postgresql-15 is installed"))
  func dataTables() async throws {
    let url = try #require(URLComponents(string: try await TestPostgreSQL.url()))
    try await ServerLab.with(set: Tools.withDeno) { lab async throws in
      let resource = JSONObject(pairs: [
        "host": .string(url.host ?? ""), "port": .int(url.port ?? 0),
        "dbname": .string(String(url.path.dropFirst())),
        "user": .string(url.user ?? ""), "password": .string(url.password ?? ""),
        "sslmode": .string("disable"),
      ])
      try await lab.accounts.createResource(
        "f/db/main", of: "main", value: JSONValue.object(resource).text, type: "postgresql", description: "",
        by: "ann")
      try await lab.accounts.setDataTables([DataTableEntry(name: "main", resource: "f/db/main")], of: "main")
      let made = try await lab.query(
        """
        CREATE TABLE friend (id TEXT PRIMARY KEY, name TEXT, born DATE); INSERT INTO friend VALUES ('8', 'Ann', '1990-02-03');
        CREATE SCHEMA analytics; CREATE TABLE analytics.events AS SELECT 1 AS id
        """, language: "postgresql")
      #expect(made.status == 200)
      let friend = try await lab.query(
        Self.dataTable, JSONObject(pairs: ["user_id": .string("8")]), language: "bun")
      #expect(friend.text == #"{"id":"8","name":"Ann","born":"1990-02-03"}"#)
      #expect(try await lab.query(Self.events, language: "bun").text == #"[{"id":1}]"#)
      // What else the client writes for a data table.
      let more = """
        import * as wmill from 'windmill-client';
        export async function main() {
          const sql = wmill.datatable();
          return [
            await sql`SELECT ${1.5} + 1 AS sum, CAST(${"7"} AS int) AS seven, ${"8"}::int AS eight, ${{ a: 1 }}->'a' AS a, ${null} AS nothing`.fetchOne(),
            await sql.query("SELECT $1 || '$2' AS text, $2 AS flag", "x", true).fetchOne(),
          ];
        }
        """
      #expect(
        try await lab.query(more, language: "typescript").text
          == #"[{"sum":2.5,"seven":7,"eight":8,"a":1,"nothing":null},{"text":"x$2","flag":true}]"#)
    }
  }
}
