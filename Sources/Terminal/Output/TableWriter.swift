internal import DuckDB

/// Boxes and aligned columns, in constant memory.
///
/// With a row limit it shows a beginning and an end, however many rows come in between. Without one the first rows tell
/// how wide the columns are, and all rows are written.
struct TableWriter: ResultWriter {
  private let output: ByteOutput
  private let options: ResultOptions
  private var columns: [Column] = []
  /// The first rows, until the layout is made.
  private var head: [BoxTable.Row] = []
  private var table: BoxTable?
  /// The last chunks, with at least as many rows as the table's end needs.
  private var tail: [DataChunk] = []
  private var tailRows = 0
  private var total = 0

  /// How many rows decide how wide the columns are.
  static let sampleSize = 10_000

  init(_ output: ByteOutput, options: ResultOptions) {
    self.output = output
    self.options = options
  }

  mutating func begin(columns: [Column]) throws {
    self.columns = columns
  }

  mutating func write(_ chunk: DataChunk) throws {
    let first = total
    total += chunk.rowCount
    guard let limit = options.rowLimit else { return try writeAll(chunk) }
    let headLimit = (limit + 1) / 2
    for row in 0..<min(chunk.rowCount, max(0, headLimit - first)) { head.append(cells(chunk, row)) }
    // Rows that the head did not take may be in the end.
    if total > headLimit { keep(chunk, atLeast: limit - headLimit) }
  }

  mutating func end(_ summary: ResultSummary) throws {
    if !columns.isEmpty {
      if table == nil { try writeHead(and: tailCells()) }
      if let table { try output.writeLine(table.bottom) }
    }
    if let limit = options.rowLimit, limit < total {
      let counts = "\(HumanText.count(total, "row")), \(HumanText.count(limit)) shown"
      try output.writeLine(options.style.dim(counts))
    }
    try output.flush()
  }

  private func cells(_ chunk: DataChunk, _ row: Int) -> BoxTable.Row {
    (0..<chunk.columnCount).map { BoxTable.cell(chunk[$0].text(at: row), limit: options.valueLineLimit) }
  }

  // MARK: - All rows

  private mutating func writeAll(_ chunk: DataChunk) throws {
    for row in 0..<chunk.rowCount {
      let cells = cells(chunk, row)
      if let table {
        try write(table.lines(of: cells))
      } else {
        head.append(cells)
        if head.count == Self.sampleSize { try writeHead() }
      }
    }
  }

  private mutating func writeHead(and tail: [BoxTable.Row] = []) throws {
    let table = BoxTable(
      columns: columns.map { .init(name: $0.name, type: "\($0.type)", alignment: $0.type.alignment) },
      rows: head + tail, width: options.width, style: options.style)
    self.table = table
    try write(table.top)
    for row in head { try write(table.lines(of: row)) }
    if options.rowLimit.map({ $0 < total }) ?? false { try write([table.gap]) }
    for row in tail { try write(table.lines(of: row)) }
    head = []
  }

  private func write(_ lines: [String]) throws {
    for line in lines { try output.writeLine(line) }
  }

  // MARK: - The end

  private mutating func keep(_ chunk: DataChunk, atLeast count: Int) {
    guard count > 0 else { return }
    tail.append(chunk)
    tailRows += chunk.rowCount
    while let first = tail.first, tailRows - first.rowCount >= count {
      tailRows -= first.rowCount
      tail.removeFirst()
    }
  }

  private func tailCells() -> [BoxTable.Row] {
    guard let limit = options.rowLimit else { return [] }
    var missing = min(limit - (limit + 1) / 2, total - head.count)
    var rows: [BoxTable.Row] = []
    for chunk in tail.reversed() where missing > 0 {
      let count = min(missing, chunk.rowCount)
      rows.insert(contentsOf: (chunk.rowCount - count..<chunk.rowCount).map { cells(chunk, $0) }, at: 0)
      missing -= count
    }
    return rows
  }
}
