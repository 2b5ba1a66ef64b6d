import Foundation
import TestKit
import Testing

@Suite("tarn run", .serialized) struct RunCommandTests {
  static let one = #"[{"content":"Good = good","author":"Ada","date":"2024-01-01","sentiment":"positive"}]"#

  @Test func `the seed's example, with its argument inline and from a file`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(SeedScripts.messages, to: "messages.sql")
    try lab.folder.write(Self.one, to: "one.json")
    for argument in ["messages=\(Self.one)", "messages=@one.json", "messages=@\(lab.folder["one.json"])"] {
      #expect(
        try await lab.output("run", "messages.sql", "--arg", argument, "--json") == #"[{"Count":1}]"# + "\n")
    }
    let rows = try await lab.output(
      "sql", "--json", "SELECT content, count(*) AS n FROM messages GROUP BY ALL")
    #expect(rows == #"[{"content":"Good = good","n":3}]"# + "\n")
  }

  @Test func `the friend with an id`() async throws {
    let lab = try CommandLab()
    try await lab.output("sql", "CREATE TABLE friend AS SELECT 7 AS id, 'Ada' AS name")
    let script = """
      -- $user_id (bigint)
      -- ATTACH 'ducklake://named_ducklake' AS dl;
      ATTACH 'ducklake' AS dl;
      USE dl;
      SELECT * FROM friend WHERE id = $user_id;
      """
    try lab.folder.write(script, to: "friend.sql")
    #expect(
      try await lab.output("run", "friend.sql", "--arg", "user_id=7", "--json") == #"[{"id":7,"name":"Ada"}]"#
        + "\n")
    #expect(try await lab.output("run", "friend.sql", "--arg", "user_id=8", "--json") == "[]\n")
  }

  @Test(arguments: [
    ("last_statement_first_row", #"{"a":1,"b":null}"#), ("last_statement_first_row_scalar", "1"),
    ("last_statement_all_rows_scalar", "[1,2]"),
    ("all_statements_all_rows", #"[[{"x":0}],[{"a":1,"b":null},{"a":2,"b":"t"}]]"#),
  ])
  func `--json prints one value of the shape that the script asks for`(shape: String, expected: String)
    async throws
  {
    let lab = try CommandLab()
    try lab.folder.write(
      "-- result_collection=\(shape)\nSELECT 0 AS x;\nSELECT 1 AS a, NULL AS b UNION ALL SELECT 2, 't' ORDER BY a",
      to: "s.sql")
    #expect(try await lab.output("run", "s.sql", "--json") == expected + "\n")
  }

  @Test func `other formats show the rows, of all statements where the script asks for them`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(
      "-- result_collection=all_statements_all_rows\nSELECT 1 AS a;\nSELECT 2 AS b", to: "all.sql")
    #expect(try await lab.output("run", "all.sql", "--format", "csv") == "a\n1\nb\n2\n")
    try lab.folder.write(
      "-- $n (integer) = 3\nCREATE TEMP TABLE t AS FROM range($n) r(i);\nFROM t WHERE i < $n -- all",
      to: "p.sql")
    try lab.folder.write("", to: "raw/.keep")
    try await lab.output(
      "run", "p.sql", "--format", "parquet", "--output", "raw/p.parquet", at: #_sourceLocation)
    #expect(
      try await lab.output("sql", "--json", "SELECT count(*) AS n FROM 'raw/p.parquet'") == #"[{"n":3}]"#
        + "\n")
    try lab.folder.write("CREATE TABLE u (i INTEGER)", to: "ddl.sql")
    try await lab.fails(
      "run", "ddl.sql", "--format", "parquet", "--output", "raw/x.parquet",
      saying: "ddl.sql:1:1: a Parquet file needs a query as the last statement")
  }

  @Test func `what is wrong with arguments and scripts`() async throws {
    let lab = try CommandLab()
    try lab.folder.write(SeedScripts.messages, to: "messages.sql")
    try lab.folder.write(Self.one, to: "one.json")
    try await lab.fails(
      "run", "mesages.sql", saying: "there is no file mesages.sql. Did you mean 'messages.sql'?")
    try await lab.fails("run", ".", saying: ". is a folder")
    try await lab.fails("run", "messages.sql", saying: "argument `messages` (json[]) is missing")
    try await lab.fails(
      "run", "messages.sql", "--arg", "mesages=[]",
      saying: "there is no argument `mesages`; did you mean `messages`?")
    try await lab.fails(
      "run", "messages.sql", "--arg", "messages={}", saying: "`{}` is not a json[]; write a JSON array")
    try await lab.fails(
      "run", "messages.sql", "--arg", "messages=@won.json",
      saying: "there is no file won.json. Did you mean 'one.json'?")
    try await lab.fails(
      "run", "messages.sql", "--arg", "messages", status: 2, saying: "--arg takes name=value")
    try await lab.fails(
      "run", "messages.sql", "--arg", "a=1", "--arg", "a=2", status: 2, saying: "--arg a is given twice")
    try lab.folder.write("SELECT 1;\n\nSELECT *\nFROM nowhere", to: "bad.sql")
    try await lab.fails(
      "run", "bad.sql", saying: "bad.sql:4:6: Table with name nowhere does not exist", "(statement 2 of 2)")
    try lab.folder.write("SELECT 'open", to: "open.sql")
    try await lab.fails(
      "run", "open.sql", saying: "open.sql:1:8: the string that starts here is never closed")
    try lab.folder.write("-- $d (date)\n-- $n (tinyint)\nSELECT $d, $n", to: "typed.sql")
    try await lab.fails(
      "run", "typed.sql", "--arg", "d=2024-02-30", "--arg", "n=1",
      saying: "argument `d`: `2024-02-30` is not a date")
    try await lab.fails(
      "run", "typed.sql", "--arg", "d=2024-02-29", "--arg", "n=300",
      saying: "argument `n`: `300` is not a tinyint")
  }

  @Test func `a statement commits by itself, and BEGIN holds what follows together`() async throws {
    let lab = try CommandLab()
    try lab.folder.write("CREATE TABLE a AS SELECT 1 AS i; SELECT error('stop')", to: "each.sql")
    try await lab.fails("run", "each.sql", saying: "each.sql:1: stop (statement 2 of 2)")
    #expect(try await lab.output("sql", "--json", "FROM a") == #"[{"i":1}]"# + "\n")
    try lab.folder.write("BEGIN; INSERT INTO a VALUES (2); SELECT error('stop'); COMMIT", to: "together.sql")
    try await lab.fails("run", "together.sql", saying: "together.sql:1: stop (statement 3 of 4)")
    #expect(try await lab.output("sql", "--json", "FROM a") == #"[{"i":1}]"# + "\n")
  }
}
