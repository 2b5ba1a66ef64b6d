import Foundation

/// What became of an append.
public struct AppendReceipt: Sendable, Hashable, Codable {
  /// The snapshot that holds the rows.
  public let snapshot: Int64
  /// How many rows were given.
  public let rows: Int
  /// Whether the key had been applied before, so that nothing was written now.
  public let isRepeat: Bool
}

extension Lake {
  /// Appends rows to a table, and returns when they are committed.
  ///
  /// Appends of many tasks that wait together are written together, as one snapshot: a hundred tasks with a few rows each
  /// cost little more than one. Each is all or nothing, and one that fails fails alone.
  ///
  /// ```swift
  /// struct Reading: Encodable { let sensor: Int; let value: Double; let at: Date }
  /// try await lake.append([Reading(sensor: 7, value: 21.5, at: .now)], to: "reading", key: "7/2026-05-01T10:00")
  /// ```
  ///
  /// - Parameters:
  ///   - rows: one row each; the names of their properties are columns, others get their default. Dates become UTC.
  ///   - table: the table's name.
  ///   - schema: its schema.
  ///   - key: what this append is known by: the same key is applied once, also after a crash. Nil for none.
  /// - Throws: ``LakeError``; with code `uncertain` when the catalog did not answer: ask ``snapshot(ofKey:)``, or append
  ///   again with the same key. `CancellationError` when the task was cancelled before the rows were begun.
  @discardableResult
  public func append<Row: Encodable & Sendable>(
    _ rows: [Row], to table: String, schema: String = "main", key: String? = nil
  ) async throws -> AppendReceipt {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(
        date.formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true)))
    }
    let texts = try rows.enumerated().map { number, row in
      (line: number + 1, text: String(decoding: try encoder.encode(row), as: UTF8.self))
    }
    return try await append(AppendBatch(table: table, schema: schema, key: key, rows: texts))
  }

  /// Appends rows that are JSON objects, one a line (NDJSON), and returns when they are committed.
  ///
  /// - Parameters:
  ///   - lines: JSON objects, separated by line ends; empty lines are passed over. Their fields are columns. A field
  ///     that does not fit its column's type is an error. Numbers with a fraction are read as 64-bit floating point:
  ///     write a decimal of more than 15 digits as text.
  ///   - table: the table's name.
  ///   - schema: its schema.
  ///   - key: what this append is known by: the same key is applied once.
  /// - Throws: as ``append(_:to:schema:key:)``; ``LakeError`` that names the line which is no JSON object.
  @discardableResult
  public func append(ndjson lines: String, to table: String, schema: String = "main", key: String? = nil)
    async throws -> AppendReceipt
  {
    let texts = lines.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .map { (line: $0.offset + 1, text: $0.element.trimmingCharacters(in: .whitespaces)) }
      .filter { !$0.text.isEmpty }
    return try await append(AppendBatch(table: table, schema: schema, key: key, rows: texts))
  }

  private func append(_ batch: AppendBatch) async throws -> AppendReceipt {
    guard batch.rowCount > 0 else {
      return AppendReceipt(snapshot: try await currentSnapshot(), rows: 0, isRepeat: false)
    }
    return try await appends.append(batch)
  }
}
