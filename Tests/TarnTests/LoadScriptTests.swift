import Foundation
import TestKit
import Testing

@Suite("tarn load: Python scripts", .serialized) struct LoadScriptTests {
  /// A Python with pyarrow, pandas and Polars.
  static let framesPython = Checkout.folder + "/.deps/frames-venv/bin/python"
  static let hasFrames = FileManager.default.isExecutableFile(atPath: framesPython)

  private func lab(_ script: String, _ name: String = "feed.py") throws -> CommandLab {
    let lab = try CommandLab()
    try lab.folder.write(script, to: name)
    return lab
  }

  private func types(_ lab: CommandLab, _ table: String) async throws -> String {
    try await lab.output(
      "sql", "--format", "csv",
      "SELECT string_agg(column_name || ' ' || column_type, ', ') AS t FROM (DESCRIBE \(table))"
    ).split(separator: "\n").last.map(String.init) ?? ""
  }

  private func rows(_ lab: CommandLab, _ query: String) async throws -> String {
    try await lab.output("sql", "--json", query).trimmingCharacters(in: .newlines)
  }

  // MARK: Rows

  /// The cases of dlt's own behaviour that only a Python source has: dates_py, decimals_py, nan_inf. What comes out is
  /// what dlt made of them.
  @Test func `values of Python have dlt's types, in dlt's order`() async throws {
    let lab = try lab(
      """
      from datetime import date, time, datetime
      from decimal import Decimal
      from math import nan, inf
      def main():
        yield "dates", {"id": 1, "d": date(2024, 1, 2), "t": time(1, 2, 3, 4), "ts": datetime(2024, 1, 2, 3, 4, 5, 6), "by": b"\\x00\\x01"}
        yield "decimals", [{"id": 1, "v": Decimal("1.23")}, {"id": 2, "v": Decimal("123456789012345678901234567.123456789")}]
        yield "numbers", ({"id": i, "v": v} for i, v in enumerate((nan, inf, 1.0), 1))
      """)
    let loaded = try await lab.tarn("load", "feed.py", "--into", "s")
    #expect(loaded.errors == "loaded 6 rows into main/s (snapshot 1, load \(loaded.loadID))\n", "\(loaded)")
    #expect(
      try await types(lab, "s.dates")
        == #""id BIGINT, d DATE, t TIME, ts TIMESTAMP WITH TIME ZONE, by BLOB, _dlt_load_id VARCHAR, _dlt_id VARCHAR""#
    )
    #expect(
      try await rows(lab, "SELECT d, t, ts, hex(\"by\") AS h FROM s.dates")
        == #"[{"d":"2024-01-02","t":"01:02:03.000004","ts":"2024-01-02T03:04:05.000006","h":"0001"}]"#)
    #expect(
      try await types(lab, "s.decimals")
        == #""id BIGINT, v DECIMAL(38,9), _dlt_load_id VARCHAR, _dlt_id VARCHAR""#)
    #expect(
      try await rows(lab, "SELECT v FROM s.decimals ORDER BY id")
        == #"[{"v":"1.230000000"},{"v":"123456789012345678901234567.123456789"}]"#)
    #expect(
      try await rows(lab, "SELECT v FROM s.numbers ORDER BY id") == #"[{"v":null},{"v":null},{"v":1.0}]"#)
  }

  @Test func `objects, lists below, other scalars`() async throws {
    let lab = try lab(
      """
      import collections, dataclasses, enum, uuid
      @dataclasses.dataclass
      class Order:
        id: int
        items: list
      Point = collections.namedtuple("Point", "x y")
      class Color(enum.Enum):
        red = "r"
      async def main():
        return [Order(1, [{"sku": "a"}, {"sku": "b"}]), None,
                ("points", Point(1, 2)), ("other", {"u": uuid.UUID(int=5), "c": Color.red, "s": {7}}), ("plain", 7)]
      """)
    try await lab.fails(
      "load", "feed.py", "--into", "s", "--table", "orders",
      saying: "the script names a table itself: 'points'. Leave out the table.")
    let loaded = try await lab.tarn("load", "feed.py", "--into", "s")
    #expect(loaded.errors.contains("loaded 7 rows into main/s"), "\(loaded)")
    #expect(
      try await rows(
        lab,
        "SELECT o.id, i.sku FROM s.feed o JOIN s.feed__items i ON i._dlt_parent_id = o._dlt_id ORDER BY sku")
        == #"[{"id":1,"sku":"a"},{"id":1,"sku":"b"}]"#)
    #expect(
      try await rows(lab, "SELECT x, y, u, c, p.value AS v FROM s.points, s.other, s.plain p")
        == #"[{"x":1,"y":2,"u":"00000000-0000-0000-0000-000000000005","c":"r","v":7}]"#)
  }

  @Test func `arguments, by annotation and default`() async throws {
    let lab = try lab(
      """
      import datetime
      def main(day: datetime.date, n=1, rate: float = 0.5, full: bool = False, tags: list = (), name="x", last_value=None):
        yield {"day": day, "n": n + 1, "rate": rate, "full": full, "tags": len(tags), "name": name, "last": str(last_value)}
      """)
    try await lab.output(
      "load", "feed.py", "--into", "s", "--arg", "day=2024-05-06", "--arg", "n=41", "--arg", "rate=2",
      "--arg", "full=yes", "--arg", "tags=[1,2]", "--incremental", "day")
    try lab.folder.write(
      "source: {python: {script: feed.py, args: {day: 2024-05-07, n: 1, name: declared}}}\ninto: s\nincremental: day\n",
      to: "l.yaml")
    try await lab.output("load", "-f", "l.yaml", "--arg", "rate=3")
    #expect(
      try await rows(lab, "SELECT * EXCLUDE (_dlt_id, _dlt_load_id) FROM s.feed ORDER BY day")
        == #"[{"day":"2024-05-06","n":42,"rate":2.0,"full":true,"tags":2,"name":"x","last":"None"},{"day":"2024-05-07","n":2,"rate":3.0,"full":false,"tags":0,"name":"declared","last":"2024-05-06"}]"#
    )
    for (arguments, said) in [
      (["--arg", "n=1"], "feed.py: main needs an argument 'day'. Say --arg day=VALUE. Nothing was loaded."),
      (["--arg", "dya=1"], "feed.py: main has no argument 'dya'. It has: day, n, "),
      (["--arg", "day=monday"], "argument day must be of type date, not 'monday'"),
      (
        ["--arg", "day=2024-01-01", "--arg", "full=maybe"], "argument full must be of type bool, not 'maybe'"
      ),
    ] {
      let outcome = try await lab.process.run(["load", "feed.py", "--into", "s"] + arguments)
      #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome)")
      #expect(outcome.errors.contains(said), "\(outcome)")
    }
    try await lab.fails(
      "load", "tarn.csv", "--into", "s", "--arg", "a=1", status: 2,
      saying: "--arg and --python go with a script")
  }

  @Test func `replaced by nothing, and chosen tables`() async throws {
    let lab = try lab(
      """
      def main(n: int):
        yield from ({"i": i} for i in range(n))
        yield "other", [{"o": i} for i in range(n)]
      """)
    try await lab.output(
      "load", "feed.py", "--into", "s", "--tables", "feed", "--write-disposition", "replace", "--arg", "n=3")
    #expect(try await rows(lab, "SELECT count(*)::INT AS n FROM s.feed") == #"[{"n":3}]"#)
    try await lab.output("load", "feed.py", "--into", "s", "--write-disposition", "replace", "--arg", "n=0")
    #expect(try await rows(lab, "SELECT count(*)::INT AS n FROM s.feed") == #"[{"n":0}]"#)
    try await lab.fails(
      "load", "feed.py", "--into", "s", "--tables", "othr", "--arg", "n=1",
      saying: "the script yields nothing for table 'othr'. Did you mean 'other'?")
  }

  @Test func `many rows pass without growing the memory`() async throws {
    let lab = try lab(
      """
      import re
      def main():
        for i in range(300_000):
          yield {"id": i, "text": "x" * 50}
        # Not getrusage: what it tells counts the memory of the process that started this one.
        yield "memory", {"kib": int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])}
      """)
    try await lab.output("load", "feed.py", "--into", "s")
    #expect(
      try await rows(
        lab,
        "SELECT count(*)::INT AS n, sum(id)::VARCHAR AS s, (SELECT kib < 100000 FROM s.memory) AS small FROM s.feed"
      )
        == #"[{"n":300000,"s":"44999850000","small":true}]"#)
  }

  // MARK: Frames

  @Test(.enabled(if: hasFrames, "scripts/setup-tests installs pandas and Polars"))
  func `Arrow tables, data frames`() async throws {
    let lab = try lab(
      """
      import datetime, decimal
      import pyarrow as pa, pandas as pd, polars as pl
      def main():
        day = datetime.date(2024, 1, 2)
        table = pa.table({"i": pa.array([1, 2], pa.int32()), "d": [day, None], "m": pa.array([decimal.Decimal("1.50"), None], pa.decimal128(12, 2))})
        yield table
        yield table.to_batches()
        yield "pandas", pd.DataFrame({"i": [1, 2], "s": ["a", None], "t": pd.to_datetime(["2024-01-02T03:04:05", None])})
        yield "polars", pl.DataFrame({"i": [1], "d": [day]})
        yield "polars", pl.LazyFrame({"i": [2], "d": [day], "more": ["x"]})
      """)
    let loaded = try await lab.tarn("load", "feed.py", "--into", "s", "--python", Self.framesPython)
    #expect(loaded.errors.contains("loaded 8 rows into main/s"), "\(loaded)")
    #expect(
      try await types(lab, "s.feed")
        == #""i INTEGER, d DATE, m DECIMAL(12,2), _dlt_load_id VARCHAR, _dlt_id VARCHAR""#)
    #expect(
      try await rows(lab, "SELECT count(*)::INT AS n, sum(i)::INT AS i, sum(m)::VARCHAR AS m FROM s.feed")
        == #"[{"n":4,"i":6,"m":"3.00"}]"#)
    #expect(
      try await rows(lab, "SELECT i, s, t FROM s.pandas ORDER BY i")
        == #"[{"i":1,"s":"a","t":"2024-01-02T03:04:05"},{"i":2,"s":null,"t":null}]"#)
    #expect(
      try await rows(lab, "SELECT i, d, more FROM s.polars ORDER BY i")
        == #"[{"i":1,"d":"2024-01-02","more":null},{"i":2,"d":"2024-01-02","more":"x"}]"#)
    try lab.folder.write(
      "import pyarrow as pa\ndef main():\n  yield {'a': 1}\n  yield pa.table({'a': [2]})\n", to: "both.py")
    try await lab.fails(
      "load", "both.py", "--into", "s", "--python", Self.framesPython,
      saying: "table 'both' gets both rows and data frames")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: dltPython)))
  func `marks, resources and sources of dlt`() async throws {
    let lab = try lab(
      """
      import dlt
      @dlt.resource
      def events():
        yield [{"e": 1}, {"e": 2}]
      @dlt.source
      def shop():
        return events, dlt.resource([{"c": 7}], name="customers")
      def main():
        yield dlt.mark.with_table_name({"m": 1}, "marked")
        yield shop()
      """)
    // The script's Python may be named in the workspace's file.
    try lab.folder.write("lakes:\n  main:\n    catalog: sqlite\npython: \(Self.dltPython)\n", to: "tarn.yaml")
    let loaded = try await lab.tarn("load", "feed.py", "--into", "s")
    #expect(loaded.status == 0, "\(loaded)")
    #expect(
      try await rows(
        lab,
        "SELECT (SELECT sum(e)::INT FROM s.events) AS e, (SELECT c FROM s.customers) AS c, (SELECT m FROM s.marked) AS m"
      )
        == #"[{"e":3,"c":7,"m":1}]"#)
  }

  private static let dltPython = Checkout.folder + "/.deps/dlt-venv/bin/python"
}

extension TarnProcess.Outcome {
  /// The load's id, as the summary tells it.
  var loadID: String { errors.firstMatch(of: #/load ([0-9.]+)\)/#).map { String($0.1) } ?? "" }
}
