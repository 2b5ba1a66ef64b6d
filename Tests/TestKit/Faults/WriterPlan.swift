/// What a writer does, transaction by transaction, all of it known beforehand from a seed: so what must be in the lake
/// follows from which transactions were committed.
///
/// A transaction writes its number into `ledger`, as many rows into `a` as into `b`, and now and then deletes from both what
/// an earlier one wrote. A few rows are inlined in the catalog; more become a Parquet file.
public struct WriterPlan: Codable, Sendable, Hashable {
  /// The writer's number, which stands in each of its rows.
  public let writer: Int
  private let seed: UInt64
  private let suffix: String

  /// - Parameters:
  ///   - writer: a number of its own for each writer of a test.
  ///   - seed: what the writer's choices follow from.
  ///   - ownTables: gives the writer tables of its own.
  public init(writer: Int, seed: UInt64, ownTables: Bool = false) {
    self.writer = writer
    self.seed = seed &+ UInt64(writer) &* 7919
    suffix = ownTables ? "_\(writer)" : ""
  }

  /// The statements that make the writer's tables where they are missing.
  public var preparation: [String] {
    ["ledger\(suffix) (writer INT, seq INT)"].map { "CREATE TABLE IF NOT EXISTS \($0)" }
      + ["a", "b"].map { "CREATE TABLE IF NOT EXISTS \($0)\(suffix) (writer INT, seq INT, n INT)" }
  }

  /// How many rows a transaction writes into each of the two tables.
  public func rows(_ seq: Int) -> Int {
    var random = numbers(seq)
    return random.chance(60) ? random.number(1...6) : random.number(20...200)
  }

  /// The earlier transaction whose rows a transaction deletes; nil for most.
  public func deleted(by seq: Int) -> Int? {
    var random = numbers(seq)
    _ = random.number(0...1000)
    _ = random.number(0...1000)
    guard random.chance(30) else { return nil }
    let target = seq - random.number(1...6)
    return target >= 0 ? target : nil
  }

  /// The statements of a transaction.
  public func statements(_ seq: Int) -> [String] {
    var statements = [
      "INSERT INTO ledger\(suffix) VALUES (\(writer), \(seq))",
      "INSERT INTO a\(suffix) SELECT \(writer), \(seq), range FROM range(\(rows(seq)))",
    ]
    if let target = deleted(by: seq) {
      for table in ["a", "b"] {
        statements.append("DELETE FROM \(table)\(suffix) WHERE writer = \(writer) AND seq = \(target)")
      }
    }
    return statements + ["INSERT INTO b\(suffix) SELECT \(writer), \(seq), range FROM range(\(rows(seq)))"]
  }

  /// The transactions that are in the lake.
  public var ledgerQuery: String {
    "SELECT seq, count(*) FROM ledger\(suffix) WHERE writer = \(writer) GROUP BY seq"
  }

  /// Rows, different rows, and the last one, of each transaction in one of the two tables.
  ///
  /// - Parameter table: `a` or `b`.
  public func contentQuery(_ table: String) -> String {
    "SELECT seq, count(*), count(DISTINCT n), max(n) FROM \(table)\(suffix) WHERE writer = \(writer) GROUP BY seq"
  }

  /// How many rows of each transaction are in each table once just these have been committed.
  public func rows(committed: Set<Int>) -> [Int: Int] {
    let gone = Set(committed.compactMap { deleted(by: $0) })
    return Dictionary(uniqueKeysWithValues: committed.subtracting(gone).map { ($0, rows($0)) })
  }

  private func numbers(_ seq: Int) -> SeededNumbers {
    SeededNumbers(seed: seed ^ (UInt64(seq) &* 0x9E37_79B9_7F4A_7C15))
  }
}

/// What a writer was told of one of its transactions.
public struct WriterOutcome: Codable, Sendable {
  public let writer: Int
  public let seq: Int
  /// The error; nil when the transaction was acknowledged.
  public let failure: WorkerFailure?

  public init(writer: Int, seq: Int, failure: WorkerFailure?) {
    self.writer = writer
    self.seq = seq
    self.failure = failure
  }

  public var isAcknowledged: Bool { failure == nil }
}

/// What writers did to a lake, over several processes.
public struct WriterRecord: Sendable {
  public let plans: [WriterPlan]
  /// What the writers were told.
  public private(set) var outcomes: [WriterOutcome] = []
  /// Transactions that a writer may have been at when its process ended: nobody was told what became of them.
  public private(set) var inFlight: [Int: Set<Int>] = [:]

  public init(_ plans: [WriterPlan]) { self.plans = plans }

  /// The number of a writer's next transaction.
  public func next(_ writer: Int) -> Int {
    let told = outcomes.last { $0.writer == writer }.map { $0.seq + 1 } ?? 0
    return max(told, (inFlight[writer]?.max() ?? -1) + 1)
  }

  /// Takes over what the writers of a process that has ended were told.
  ///
  /// - Parameter wasKilled: whether they may have been at a further transaction.
  public mutating func take(_ told: [WriterOutcome], wasKilled: Bool) {
    outcomes += told
    guard wasKilled else { return }
    for plan in plans { inFlight[plan.writer, default: []].insert(next(plan.writer)) }
  }

  public var acknowledged: Int { outcomes.count { $0.isAcknowledged } }
  public var failed: [WriterOutcome] { outcomes.filter { !$0.isAcknowledged } }
}
