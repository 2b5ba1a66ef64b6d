import Foundation
import TestKit
import Testing

/// Files of other programs' making: fastavro and openpyxl write them.
@Suite(
  "tarn load: Avro and Excel", .serialized,
  .enabled(if: LoadScriptTests.hasFrames, "scripts/setup-tests installs fastavro and openpyxl"))
struct LoadFormatTests {
  private func lab(_ program: String) async throws -> CommandLab {
    let lab = try CommandLab()
    let made = try await TarnProcess(in: lab.folder.path, executable: LoadScriptTests.framesPython).run(
      "-c", program)
    try #require(made.status == 0, "\(made)")
    return lab
  }

  private func rows(_ lab: CommandLab, _ query: String) async throws -> String {
    try await lab.output("sql", "--json", query).trimmingCharacters(in: .newlines)
  }

  private func types(_ lab: CommandLab, _ table: String) async throws -> String {
    let text = try await lab.output(
      "sql", "--format", "csv",
      "SELECT string_agg(column_name || ' ' || column_type, ', ' ORDER BY column_name) AS t FROM (DESCRIBE \(table)) WHERE NOT starts_with(column_name, '_dlt')"
    )
    return text.split(separator: "\n").last.map(String.init) ?? ""
  }

  // MARK: Avro

  private static let avro = """
    import datetime, fastavro, os
    def write(path, fields, rows, codec="deflate"):
      os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
      schema = fastavro.parse_schema({"type": "record", "name": "R", "fields": fields})
      with open(path, "wb") as file: fastavro.writer(file, schema, rows, codec=codec)
    def field(name, type): return {"name": name, "type": type}
    date = {"type": "int", "logicalType": "date"}
    micros = {"type": "long", "logicalType": "timestamp-micros"}
    item = {"type": "record", "name": "I", "fields": [field("sku", "string")]}
    day = datetime.date(2024, 1, 2)
    at = datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    """

  @Test func `Avro: decimals are decimals`() async throws {
    let lab = try await lab(
      Self.avro + """

        import decimal
        decimal.getcontext().prec = 60
        def number(p, s): return {"type": "bytes", "logicalType": "decimal", "precision": p, "scale": s}
        fixed = {"type": "fixed", "name": "F", "size": 20, "logicalType": "decimal", "precision": 30, "scale": 3}
        fields = [field("id", "long"), field("price", number(9, 2)), field("rare", ["null", number(38, 10)]), field("f", fixed), field("whole", number(5, 0)),
          field("wide", number(60, 2)), field("raw", "bytes")]
        def row(id, price, rare, f, whole):
          d = decimal.Decimal
          return {"id": id, "price": d(price), "rare": rare and d(rare), "f": d(f), "whole": d(whole), "wide": d("1.25"), "raw": b"\\x01"}
        write("in/t.avro", fields, [
          row(1, "12.50", None, "-0.001", "7"), row(2, "-9999999.99", "9999999999999999999999999999.9999999999", "123456789012345678901234567.890", "-128"),
          row(3, "0", "-0.0000000001", "0", "255")])
        """)
    _ = try await lab.tarn("load", "in/t.avro", "--into", "s")
    #expect(
      try await types(lab, "s.t")
        == #""f DECIMAL(30,3), id BIGINT, price DECIMAL(9,2), rare DECIMAL(38,10), raw BLOB, whole DECIMAL(5,0), wide BLOB""#
    )
    #expect(
      try await rows(lab, "SELECT price, rare, f, whole FROM s.t ORDER BY id")
        == #"[{"price":"12.50","rare":null,"f":"-0.001","whole":"7"},{"price":"-9999999.99","rare":"9999999999999999999999999999.9999999999","f":"123456789012345678901234567.890","whole":"-128"},{"price":"0.00","rare":"-0.0000000001","f":"0.000","whole":"255"}]"#
    )
  }

  @Test func `Avro: types kept, lists below, files of different columns`() async throws {
    let lab = try await lab(
      Self.avro + """

        fields = [field("id", "long"), field("name", ["null", "string"]), field("d", date), field("ts", micros), field("b", "bytes"), field("f", "float"),
          field("o", {"type": "record", "name": "O", "fields": [field("x", "int")]}), field("items", {"type": "array", "items": item}),
          field("m", {"type": "map", "values": "int"}), field("e", {"type": "enum", "name": "E", "symbols": ["A", "B"]})]
        row = {"id": 1, "name": None, "d": day, "ts": at, "b": b"\\x00\\x01", "f": 1.5, "o": {"x": 7}, "items": [{"sku": "a"}, {"sku": "b"}], "m": {"k": 1}, "e": "B"}
        write("in/orders/a.avro", fields, [row])
        write("in/orders/b.avro", [field("id", "long"), field("more", "boolean")], [{"id": 2, "more": True}], codec="null")
        """)
    let loaded = try await lab.tarn("load", "in", "--into", "s")
    #expect(loaded.errors.contains("loaded 4 rows into main/s (snapshot 1, "), "\(loaded)")
    #expect(
      try await types(lab, "s.orders")
        == #""b BLOB, d DATE, e VARCHAR, f DOUBLE, id BIGINT, m JSON, more BOOLEAN, name VARCHAR, o__x INTEGER, ts TIMESTAMP""#
    )
    #expect(
      try await rows(lab, "SELECT d, ts, hex(b) AS b, o__x, m, e, more FROM s.orders WHERE id = 1")
        == #"[{"d":"2024-01-02","ts":"2024-01-02T03:04:05","b":"0001","o__x":7,"m":{"k":1},"e":"B","more":null}]"#
    )
    #expect(
      try await rows(lab, "SELECT string_agg(sku, ',' ORDER BY sku) AS s FROM s.orders__items")
        == #"[{"s":"a,b"}]"#)
    let pattern = try await lab.tarn("load", "in/orders/*.avro", "--into", "p", "--new-files")
    #expect(pattern.errors.contains("loaded 4 rows"), "\(pattern)")
    let again = try await lab.tarn("load", "in/orders/*.avro", "--into", "p", "--new-files")
    #expect(again.errors.contains("skipped 2 files"), "\(again)")
  }

  @Test func `what is no Avro`() async throws {
    let lab = try await lab(
      Self.avro + """

        write("whole.avro", [field("id", "long")], [{"id": i} for i in range(100000)], codec="null")
        data = open("whole.avro", "rb").read()
        open("cut.avro", "wb").write(data[:len(data) // 2])
        open("text.avro", "w").write("id,name\\n")
        open("empty.avro", "w")
        """)
    try await lab.fails("load", "text.avro", "--into", "s", saying: "'text.avro' is no file of Avro")
    try await lab.fails("load", "empty.avro", "--into", "s", saying: "'empty.avro' is no file of Avro")
    try await lab.fails("load", "none.avro", "--into", "s", saying: "there is no file like none.avro")
    try await lab.fails("load", "cut.avro", "--into", "s", saying: "'cut.avro' is cut off or damaged")
    #expect(
      try await rows(lab, "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE schema_name = 's'")
        == #"[{"n":0}]"#)
  }

  // MARK: Excel

  private static let excel = """
    import datetime, openpyxl
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Orders"
    sheet.append(["Order ID", "Name", "Day", "Time", "OK", "Price"])
    sheet.append([1, "Ada", datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5), True, 1.5])
    sheet.append([2, None, None, None, False, 2])
    plain = book.create_sheet("Plain numbers")
    for row in ([1, "x"], [2, "y"]): plain.append(row)
    book.create_sheet("Nothing")
    """

  @Test func `Excel: sheets, header, types`() async throws {
    let lab = try await lab(Self.excel + "\nbook.save('orders.xlsx')\n")
    let loaded = try await lab.tarn("load", "orders.xlsx", "--into", "s", "--columns", "order_id:bigint")
    #expect(loaded.errors.contains("loaded 2 rows into main/s (snapshot 1, "), "\(loaded)")
    #expect(
      try await types(lab, "s.orders")
        == #""day DATE, name VARCHAR, ok BOOLEAN, order_id BIGINT, price DOUBLE, time TIMESTAMP""#)
    #expect(
      try await rows(lab, "SELECT order_id, name, day, time, ok, price FROM s.orders ORDER BY 1")
        == #"[{"order_id":1,"name":"Ada","day":"2024-01-02","time":"2024-01-02T03:04:05","ok":true,"price":1.5},{"order_id":2,"name":null,"day":null,"time":null,"ok":false,"price":2.0}]"#
    )
    try await lab.output("load", "orders.xlsx", "--into", "p", "--sheet", "Plain numbers", "--no-header")
    #expect(
      try await rows(lab, "SELECT a1, b1 FROM p.orders ORDER BY 1")
        == #"[{"a1":1.0,"b1":"x"},{"a1":2.0,"b1":"y"}]"#)
    try lab.folder.write("source: orders.xlsx\ninto: d\nsheet: Orders\nheader: true\n", to: "l.yaml")
    try await lab.output("load", "-f", "l.yaml")
    #expect(try await rows(lab, "SELECT count(*)::INT AS n FROM d.orders") == #"[{"n":2}]"#)
  }

  @Test func `what is no workbook`() async throws {
    let lab = try await lab(
      Self.excel + """

        book.save("orders.xlsx")
        open("text.xlsx", "w").write("id,name\\n")
        open("empty.xlsx", "w")
        data = open("orders.xlsx", "rb").read()
        open("cut.xlsx", "wb").write(data[:len(data) // 2])
        mixed = openpyxl.Workbook()
        for row in (["a"], [1], ["x"]): mixed.active.append(row)
        mixed.save("mixed.xlsx")
        """)
    for name in ["text", "empty", "cut"] {
      try await lab.fails(
        "load", "\(name).xlsx", "--into", "s", saying: "'\(name).xlsx' is no Excel workbook (.xlsx)")
    }
    try await lab.fails(
      "load", "orders.xlsx", "--into", "s", "--sheet", "Order", saying: "'orders.xlsx' has no sheet 'Order'")
    try await lab.fails("load", "orders.xlsx", "--into", "s", "--sheet", "Nothing", saying: "'orders.xlsx'")
    try await lab.fails("load", "mixed.xlsx", "--into", "s", saying: "A3")
    try await lab.fails("load", "none.xlsx", "--into", "s", saying: "there is no file like none.xlsx")
    #expect(
      try await rows(lab, "SELECT count(*)::INT AS n FROM duckdb_tables() WHERE schema_name = 's'")
        == #"[{"n":0}]"#)
  }
}
