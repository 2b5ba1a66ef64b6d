import DuckDB

/// A query on the working copy that finds one kind of damage.
struct CheckRule: Sendable {
  let kind: CheckFinding.Kind
  let severity: CheckFinding.Severity
  let mends: String
  /// Gives `place`, `means`, `rows` (NULL where none are concerned) and then the keys of the repair.
  let sql: String
  /// The repair; nil where there is none.
  let repair: RepairName?
  /// Whether the repair gives the rows up, in words; `#` stands for their number.
  let loss: String?

  init(
    _ kind: CheckFinding.Kind, _ severity: CheckFinding.Severity, mends: String, repair: RepairName? = nil,
    loss: String? = nil, _ sql: String
  ) {
    self.kind = kind
    self.severity = severity
    self.mends = mends
    self.sql = sql
    self.repair = repair
    self.loss = loss
  }

  /// The finding that a row of the query tells of.
  func finding(_ row: Row) -> CheckFinding {
    let rows = row[2].integer
    let keys = (3..<max(3, row.count)).map { index -> String? in
      row[index].text ?? row[index].integer.map(String.init)
    }
    // Where rows are counted and there are none, nothing is given up.
    let counts = loss?.contains("#") == true
    let lost = counts && rows ?? 0 == 0 ? nil : loss?.replacing("#", with: String(rows ?? 0))
    return CheckFinding(
      kind, severity, at: row[0].text ?? "the catalog", means: row[1].text ?? "", mends: mends, rows: rows,
      target: repair.map { RepairTarget($0, keys, loss: lost) })
  }
}
