/// Random queries that know what they need: the generator tells, not the code under test.
struct RandomQuery {
  /// A reproducible source of chance (SplitMix64).
  struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      return mixed ^ (mixed >> 31)
    }
  }

  /// SQL with columns `id` and `n`, and the grants that it takes.
  struct Piece {
    var sql: String
    var needs: Set<String>
  }

  static let tables = ["t1", "t2", "t3", "s.t1", "s.t4"]
  static let setup =
    "CREATE SCHEMA s;"
    + tables.map { "CREATE TABLE \($0) AS SELECT range AS id, range * 2 AS n FROM range(3);" }.joined()
    + "CREATE TABLE sink AS SELECT 1 AS id, 1 AS n;"
    + "CREATE MACRO top1() AS (SELECT max(n) FROM t1); CREATE MACRO rows3() AS TABLE SELECT id, n FROM t3;"
    + "CREATE MACRO top_of_two() AS (SELECT top1() + max(n) FROM s.t4);"

  var chance: Chance
  /// Views that were made, with what each needs, itself among it.
  private(set) var views: [String: Set<String>] = [:]
  private var names = 0

  init(seed: UInt64) { chance = Chance(state: seed) }

  /// The statements that make views of tables and of each other.
  mutating func makeViews(_ count: Int) -> [String] {
    (0..<count).map { number in
      let piece = query(depth: 2, scope: [])
      let name = "v\(number)"
      views[name] = piece.needs.union(["select \(name)"])
      return "CREATE VIEW \(name) AS \(piece.sql)"
    }
  }

  /// A statement around a query.
  mutating func statement() -> Piece {
    let inner = query(depth: 3, scope: [])
    func with(_ sql: String, _ more: String...) -> Piece { Piece(sql: sql, needs: inner.needs.union(more)) }
    switch Int.random(in: 0..<12, using: &chance) {
    case 0: return with("EXPLAIN \(inner.sql)")
    case 1: return with("CREATE OR REPLACE TEMP TABLE mine AS \(inner.sql)")
    case 2: return with("INSERT INTO sink \(inner.sql)", "insert sink")
    case 3: return with("COPY (\(inner.sql)) TO 'files/out.csv'")
    case 4:
      return with("UPDATE sink SET n = (SELECT max(q.n) FROM (\(inner.sql)) q)", "update sink", "select sink")
    case 5:
      return with(
        "DELETE FROM sink WHERE id IN (SELECT q.id + 99 FROM (\(inner.sql)) q)", "delete sink", "select sink")
    case 6:
      return with(
        "MERGE INTO sink USING (SELECT min(id) AS id, 0 AS n FROM (\(inner.sql)) i) q ON sink.id = q.id + 99 "
          + "WHEN NOT MATCHED THEN INSERT VALUES (q.id, q.n)", "insert sink", "select sink")
    case 7: return with("CREATE OR REPLACE TABLE made AS \(inner.sql)", "create made", "drop made")
    case 8: return with("DESCRIBE \(inner.sql)")
    default: return inner
    }
  }

  private mutating func query(depth: Int, scope: Set<String>) -> Piece {
    switch Int.random(in: 0..<(depth > 0 ? 10 : 1), using: &chance) {
    case 1:
      let name = commonName()
      let body = query(depth: depth - 1, scope: scope)
      let rest = query(depth: depth - 1, scope: scope.union([name]))
      let kind = ["", "MATERIALIZED ", "NOT MATERIALIZED "].randomElement(using: &chance) ?? ""
      // A second WITH stands in a subquery.
      return Piece(
        sql: "WITH \(name) AS \(kind)(\(body.sql)) SELECT id, n FROM (\(rest.sql)) w\(next())",
        needs: body.needs.union(rest.needs))
    case 2:
      let (left, right) = (query(depth: depth - 1, scope: scope), query(depth: depth - 1, scope: scope))
      let word =
        ["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "UNION ALL BY NAME"].randomElement(using: &chance) ?? ""
      return Piece(sql: "(\(left.sql)) \(word) (\(right.sql))", needs: left.needs.union(right.needs))
    case 3:
      let (left, right) = (source(depth, scope), source(depth, scope))
      let (a, b) = ("a\(next())", "b\(next())")
      let join = ["JOIN", "LEFT JOIN", "FULL JOIN"].randomElement(using: &chance) ?? ""
      return Piece(
        sql: "SELECT \(a).id, \(b).n FROM \(left.sql) \(a) \(join) \(right.sql) \(b) ON \(a).id = \(b).id",
        needs: left.needs.union(right.needs))
    case 4:
      let (left, right) = (source(depth, scope), source(depth, scope))
      let (a, b) = ("a\(next())", "b\(next())")
      return Piece(
        sql:
          "SELECT \(a).id, \(b).n FROM \(left.sql) \(a), LATERAL (SELECT x.n FROM \(right.sql) x WHERE x.id = \(a).id) \(b)",
        needs: left.needs.union(right.needs))
    case 5:
      let (outer, inner) = (source(depth, scope), query(depth: depth - 1, scope: scope))
      return Piece(
        sql: "SELECT id, (SELECT max(m.n) FROM (\(inner.sql)) m) AS n FROM \(outer.sql) o\(next())",
        needs: outer.needs.union(inner.needs))
    case 6:
      let (outer, inner) = (source(depth, scope), query(depth: depth - 1, scope: scope))
      let test =
        Bool.random(using: &chance) ? "EXISTS (\(inner.sql))" : "o.id IN (SELECT i.id FROM (\(inner.sql)) i)"
      return Piece(
        sql: "SELECT o.id, o.n FROM \(outer.sql) o WHERE \(test)", needs: outer.needs.union(inner.needs))
    case 7:
      let outer = source(depth, scope)
      let (call, needs) =
        Bool.random(using: &chance)
        ? ("top1()", ["select t1"]) : ("top_of_two()", ["select t1", "select s.t4"])
      return Piece(
        sql: "SELECT id, \(call) AS n FROM \(outer.sql) o\(next())", needs: outer.needs.union(needs))
    case 8:
      let inner = query(depth: depth - 1, scope: scope)
      return Piece(sql: "FROM (\(inner.sql)) f\(next()) SELECT id, n LIMIT 0", needs: inner.needs)
    default:
      let inner = source(depth, scope)
      let rest = ["", " WHERE id > 0", " WHERE false", " ORDER BY id"].randomElement(using: &chance) ?? ""
      return Piece(sql: "SELECT id, n FROM \(inner.sql) q\(next())\(rest)", needs: inner.needs)
    }
  }

  /// What can stand after FROM, without an alias.
  private mutating func source(_ depth: Int, _ scope: Set<String>) -> Piece {
    if let name = scope.randomElement(using: &chance), Bool.random(using: &chance) {
      return Piece(sql: name, needs: [])
    }
    switch Int.random(in: 0..<7, using: &chance) {
    case 0 where depth > 0:
      let inner = query(depth: depth - 1, scope: scope)
      return Piece(sql: "(\(inner.sql))", needs: inner.needs)
    case 1:
      if let name = views.keys.sorted().randomElement(using: &chance) {
        return Piece(sql: qualified(name), needs: views[name] ?? [])
      }
      return table()
    case 2:
      let name = Self.tables.randomElement(using: &chance) ?? "t1"
      return Piece(sql: "(FROM \(qualified(name)) AT (TIMESTAMP => now()))", needs: ["select \(name)"])
    case 3: return Piece(sql: "rows3()", needs: ["select t3"])
    case 4:
      return Piece(sql: "(SELECT id, n FROM dl.table_changes('t2', 3, 4))", needs: ["select t2"])
    default: return table()
    }
  }

  private mutating func table() -> Piece {
    let name = Self.tables.randomElement(using: &chance) ?? "t1"
    return Piece(sql: qualified(name), needs: ["select \(name)"])
  }

  /// Never a bare name: common table expressions are called as tables are.
  private mutating func qualified(_ name: String) -> String {
    let full = full(name)
    let loud = full.split(separator: ".").map { "\"\($0.uppercased())\"" }.joined(separator: ".")
    return [full, "dl.\(full)", "dl.\(loud)", loud].randomElement(using: &chance) ?? full
  }

  private func full(_ name: String) -> String { name.contains(".") ? name : "main.\(name)" }

  private mutating func commonName() -> String {
    (["t1", "t2", "c", "d"]).randomElement(using: &chance) ?? "c"
  }

  private mutating func next() -> Int {
    names += 1
    return names
  }
}
