internal import CDuckDBReading
internal import DuckDB

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Reading a large result into arrays: through the `DuckDB` target, and by the same loop in C.
///
/// Both read the same file in the same process, in turns, and both keep strings as places in one buffer of
/// bytes.
public struct DuckDBReadingReport: Sendable, CustomStringConvertible {
  /// What one way of reading took, in seconds.
  public struct Times: Sendable {
    /// By the clock on the wall.
    public var wall: [Double] = []

    /// Of all processors.
    public var cpu: [Double] = []
  }

  /// How many rows were read each time.
  public let rows: Int

  /// Through the `DuckDB` target.
  public let swift: Times

  /// In C.
  public let c: Times

  /// Median wall time of Swift over that of C.
  public var wallRatio: Double { median(swift.wall) / median(c.wall) }

  /// Median processor time of Swift over that of C.
  public var cpuRatio: Double { median(swift.cpu) / median(c.cpu) }

  /// A small table.
  public var description: String {
    """
    Reading \(rows) rows of 7 columns into arrays, medians of \(c.wall.count) runs in turns
              wall s    cpu s
      Swift   \(text(median(swift.wall)))    \(text(median(swift.cpu)))
      C       \(text(median(c.wall)))    \(text(median(c.cpu)))
      ratio   \(text(wallRatio))    \(text(cpuRatio))
    """
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard let last = sorted.last else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1
      ? sorted[middle] : (sorted[middle - 1] + (sorted.count > 1 ? sorted[middle] : last)) / 2
  }

  private func text(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    return "\(thousandths / 1000).\(String(1000 + thousandths % 1000).dropFirst())"
  }
}

/// What went wrong in the benchmark itself.
public struct DuckDBReadingError: Error, CustomStringConvertible {
  /// What went wrong.
  public let description: String
}

private let query = "SELECT id, quantity, price, name, day, amount, flag FROM reading"

/// The columns as the Swift side keeps them.
private final class ColumnSet: @unchecked Sendable {
  // Only touched by the closure that `forEachChunk` calls in order, and after it has returned.
  var ids: [Int64] = []
  var quantities = NullableColumn<Int32>()
  var prices: [Double] = []
  var names = StringColumn()
  var days: [DateValue] = []
  var amounts: [Int64] = []
  var flags: [Bool] = []

  func append(_ chunk: DataChunk) throws {
    try chunk[0].append(to: &ids)
    try chunk[1].append(to: &quantities)
    try chunk[2].append(to: &prices)
    try chunk[3].append(to: &names)
    try chunk[4].append(to: &days)
    try chunk[5].append(to: &amounts)
    try chunk[6].append(to: &flags)
  }

  var checksum: UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    mix(ids, &hash)
    mix(quantities.validity.words, &hash)
    mix(prices, &hash)
    mix(names.bytes, &hash)
    names.offsets.withUnsafeBufferPointer {
      mix(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer($0)[8...]), &hash)
    }
    mix(days, &hash)
    mix(amounts, &hash)
    mix(flags, &hash)
    return hash
  }

  private func mix<T>(_ values: [T], _ hash: inout UInt64) {
    values.withUnsafeBytes { mix($0, &hash) }
  }

  private func mix(_ bytes: UnsafeRawBufferPointer, _ hash: inout UInt64) {
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
  }
}

/// Runs the benchmark.
///
/// - Parameters:
///   - rows: How many rows to read.
///   - runs: How often each way is run; the first one of each is not counted.
///   - path: A file to make for the time of the run. It must not exist.
/// - Returns: What it took.
/// - Throws: When the file cannot be made, or when both ways do not read the same.
public func runDuckDBReading(rows: Int = 10_000_000, runs: Int = 7, path: String) async throws
  -> DuckDBReadingReport
{
  try await makeTable(rows: rows, path: path)
  defer { unlink(path) }
  let database = try await Database.open(.file(path), configuration: ["access_mode": "READ_ONLY"])
  let connection = try await database.connect()
  guard let reader = c_duckdb_reader_open(path) else {
    throw DuckDBReadingError(description: "The C side could not open \(path).")
  }
  defer { c_duckdb_reader_close(reader) }

  var swift = DuckDBReadingReport.Times()
  var c = DuckDBReadingReport.Times()
  for run in 0...runs {
    let columns = ColumnSet()
    let swiftTime = try await measure {
      try await connection.forEachChunk(query) { try columns.append($0) }
    }
    c_duckdb_clear(reader)
    var cRows: Int64 = 0
    let cTime = await measure { cRows = c_duckdb_read(reader, query) }
    guard columns.ids.count == rows, Int(cRows) == rows else {
      throw DuckDBReadingError(
        description: "Swift read \(columns.ids.count) rows and C \(cRows), of \(rows).")
    }
    if run == 0 {
      guard columns.checksum == c_duckdb_checksum(reader) else {
        throw DuckDBReadingError(description: "Swift and C did not read the same.")
      }
      continue
    }
    swift.wall.append(swiftTime.wall)
    swift.cpu.append(swiftTime.cpu)
    c.wall.append(cTime.wall)
    c.cpu.append(cTime.cpu)
  }
  await connection.close()
  return DuckDBReadingReport(rows: rows, swift: swift, c: c)
}

private func makeTable(rows: Int, path: String) async throws {
  let database = try await Database.open(.file(path))
  let connection = try await database.connect()
  try await connection.execute(
    """
    CREATE TABLE reading AS SELECT
      range AS id,
      CASE WHEN hash(range) % 10 = 0 THEN NULL ELSE (hash(range) % 1000)::INTEGER END AS quantity,
      (hash(range + 1) % 1000000) / 7.0::DOUBLE AS price,
      CASE WHEN range % 3 = 0 THEN 'item ' || range % 1000 ELSE 'a longer name, number ' || range END AS name,
      DATE '2000-01-01' + (hash(range + 2) % 9000)::INTEGER AS day,
      ((hash(range + 3) % 10000000) / 100)::DECIMAL(18, 2) AS amount,
      hash(range + 4) % 2 = 0 AS flag
    FROM range(\(rows))
    """)
  await connection.close()
  await database.close()
}

private func measure(_ body: () async throws -> Void) async rethrows -> (wall: Double, cpu: Double) {
  let clock = ContinuousClock()
  let start = clock.now
  let cpu = processorTime()
  try await body()
  let wall = (clock.now - start) / .seconds(1)
  return (wall, processorTime() - cpu)
}

private func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
