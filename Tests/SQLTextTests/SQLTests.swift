import SQLText
import Testing

@Suite struct SQLTests {
  private struct Point: SQLBindable { let x: Int }

  @Test func valuesAreBoundInOrder() {
    let id = 7
    let names = ["a", "b"]
    let sql: SQL = "SELECT * FROM t WHERE id = \(id) AND name IN (SELECT unnest(\(names))) LIMIT \(id)"
    let (text, values) = sql.rendered()
    #expect(text == "SELECT * FROM t WHERE id = $1 AND name IN (SELECT unnest($2)) LIMIT $3")
    #expect(values.count == 3)
    #expect(values[0] as? Int == 7)
    #expect(values[1] as? [String] == ["a", "b"])
    #expect(values[2] as? Int == 7)
  }

  @Test(arguments: ["'; DROP TABLE t; --", "$1", "\"", "x\0y", "", "?", "\\(raw: 1)"])
  func aTextIsNeverSpliced(text: String) {
    let sql: SQL = "SELECT \(text)"
    let rendered = sql.rendered()
    #expect(rendered.text == "SELECT $1")
    #expect(rendered.values.count == 1)
    #expect(rendered.values[0] as? String == text)
  }

  @Test func everyBindableTypeIsBound() {
    let nothing: Int? = nil
    let dictionary = ["a": 1.5]
    let anything: any SQLBindable = Point(x: 1)
    let sql: SQL = """
      \(true)\(Int8(1))\(Int128.max)\(UInt64.max)\(1.5)\(Float(2))\("s")\("sub".dropFirst())\(nothing)
      \([1, nil])\(dictionary)\(Point(x: 2))\(anything)
      """
    let (text, values) = sql.rendered { "<\($0)>" }
    #expect(values.count == 13)
    #expect(text == "<1><2><3><4><5><6><7><8><9>\n<10><11><12><13>")
    #expect(values[2] as? Int128 == .max)
    #expect((values[12] as? Point)?.x == 1)
  }

  @Test func rawAndIdentifierAreTheOnlySplices() {
    let table = "my \"table\""
    let order = "ORDER BY 1"
    let sql: SQL = "SELECT \("v") FROM \(identifier: table) \(raw: order)"
    let (text, values) = sql.rendered()
    #expect(text == #"SELECT $1 FROM "my ""table""" ORDER BY 1"#)
    #expect(values.count == 1)
  }

  @Test func fragmentsKeepTheirValues() {
    var sql: SQL = "SELECT 1"
    sql += " WHERE a = \(1)"
    sql.append(SQL(raw: " AND "))
    let whole = sql.appending("b = \(2)") + " LIMIT \(3)"
    let (text, values) = whole.rendered { "?\($0)" }
    #expect(text == "SELECT 1 WHERE a = ?1 AND b = ?2 LIMIT ?3")
    #expect(values.map { $0 as? Int } == [1, 2, 3])
  }

  @Test func placeholdersNeverMeltIntoTheirNeighbours() throws {
    let sql: SQL = "LIMIT \(1)0 OFFSET\(2), a\(3)b = (\(4)\(5)), $\(6)"
    let (text, values) = sql.rendered()
    #expect(text == "LIMIT $1 0 OFFSET $2, a $3 b = ($4 $5), $ $6")
    let parameters = try SQLTokenizer.tokenize(text).filter { $0.kind == .parameter }
    #expect(parameters.map(\.value) == (1...values.count).map(String.init))
    #expect(sql.rendered { _ in "?" }.text == "LIMIT ? 0 OFFSET ?, a ? b = (? ?), $ ?")
  }

  @Test func aLiteralWithoutInterpolationIsText() {
    let sql: SQL = "SELECT '$1'"
    #expect(sql.rendered().text == "SELECT '$1'")
    #expect(sql.rendered().values.isEmpty)
    #expect(SQL(raw: "").rendered().text.isEmpty)
  }
}
