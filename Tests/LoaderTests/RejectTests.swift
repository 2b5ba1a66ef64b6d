import DuckDB
import Foundation
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Rows that cannot be loaded: each kind of them ends the load with file, line, column and value, or is set aside.
@Suite struct RejectTests {
  /// A file with one bad row, the third line of the file.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let bytes: [UInt8]
    /// A part of what the error says, and of the reason in `_rejects`.
    let said: String
    var message: String?
    var change: @Sendable (inout Load) -> Void = { _ in }

    init(
      _ name: String, _ file: String, _ text: String, said: String, message: String? = nil,
      change: @escaping @Sendable (inout Load) -> Void = { _ in }
    ) {
      testDescription = name
      self.file = file
      // A tilde stands for a byte that no UTF-8 has.
      bytes = text.utf8.map { $0 == UInt8(ascii: "~") ? 0xFF : $0 }
      self.said = said
      self.message = message
      self.change = change
    }
  }

  private static let whole: @Sendable (inout Load) -> Void = { load in
    load.columns = [ColumnHints("v", ["data_type": .string("bigint")])]
    load.contract = SchemaContract(dataType: .freeze)
  }

  static let cases = [
    Case(
      "JSONL, malformed", "t.jsonl", "{\"id\": 1}\n\n{\"id\": \n{\"id\": 4}\n", said: "no valid JSON",
      message: "is no JSON: {\"id\":"),
    Case(
      "JSONL, encoding", "t.jsonl", "{\"id\": 1}\n{\"id\": 2}\n{\"id\": \"~\"}\n{\"id\": 4}\n",
      said: "invalid encoding",
      message: "is no UTF-8"),
    Case(
      "JSONL, type", "t.jsonl", "{\"v\": 1}\n{\"v\": 2}\n{\"v\": \"nine\"}\n{\"v\": 4}\n",
      said: "column 'v' of table 't' has values of type text, and `data_type` is frozen", change: whole),
    Case(
      "JSONL, key", "t.jsonl", "{\"id\": 1}\n{\"id\": 2}\n{\"other\": 3}\n{\"id\": 4}\n",
      said: "column 'id' of table 't' must have a value, and a row has none"
    ) { $0.primaryKey = ["id"] },
    Case("CSV, too few fields", "t.csv", "id,v\n1,a\n2\n4,d\n", said: "missing columns"),
    Case("CSV, too many fields", "t.csv", "id,v\n1,a\n2,b,c\n4,d\n", said: "too many columns"),
    Case("CSV, encoding", "t.csv", "id,v\n1,a\n2,~\n4,d\n", said: "invalid encoding"),
    Case(
      "CSV, type", "t.csv", "id,v\n1,7\n2,nine\n4,8\n",
      said: "column 'v' of table 't' has values of type text, and `data_type` is frozen", change: whole),
    Case(
      "CSV, key", "t.csv", "id,v\n1,a\n,b\n4,d\n",
      said: "column 'id' of table 't' must have a value, and a row has none"
    ) { $0.primaryKey = ["id"] },
  ]

  @Test(arguments: cases) func aBadRowIsSetAside(_ bad: Case) async throws {
    try await withLoaderLake { lake, folder in
      try Data(bad.bytes).write(to: URL(fileURLWithPath: folder[bad.file]))
      var load = Load(.files([folder[bad.file]]), into: "ds", table: "t", badRows: .setAside)
      bad.change(&load)
      let summary = try await Loader(lake).load(load)
      #expect(summary.rejectedRows == 1)
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds.t") == ["2"] || bad.file == "t.jsonl")
      let found = try await rows(lake, "SELECT table_name, file, line, load_id FROM dl.ds._rejects")
      #expect(found == ["t|\(folder[bad.file])|3|\(summary.loadID)"])
      let reason = try await rows(lake, "SELECT reason FROM dl.ds._rejects").first ?? ""
      #expect(reason.contains(bad.said), "\(reason)")
      #expect(try await rows(lake, "SELECT count(*) FROM dl.ds._rejects WHERE content <> ''") == ["1"])
      // What is good is there, whatever lies before and behind.
      let good = try await rows(lake, "SELECT count(*) FROM dl.ds.t")
      let lines = String(decoding: bad.bytes, as: UTF8.self).split(separator: "\n").count
      #expect(good == ["\(lines - (bad.file == "t.csv" ? 2 : 1))"])
    }
  }

  @Test(arguments: cases) func aBadRowEndsTheLoad(_ bad: Case) async throws {
    try await withLoaderLake { lake, folder in
      try Data(bad.bytes).write(to: URL(fileURLWithPath: folder[bad.file]))
      var load = Load(.files([folder[bad.file]]), into: "ds", table: "t")
      bad.change(&load)
      let before = try await lake.currentSnapshot()
      let error = await #expect(throws: (any Error).self) { try await Loader(lake).load(load) }
      #expect(try await lake.currentSnapshot() == before)
      let told = "\(try #require(error))"
      #expect(told.contains("t.jsonl") || told.contains("t.csv"), "\(told)")
      #expect(told.lowercased().contains("line 3") || told.contains("Line: 3"), "\(told)")
      #expect(
        bad.file == "t.csv" && !bad.said.contains("column '") || told.contains(bad.message ?? bad.said),
        "\(told)")
      if bad.testDescription.hasSuffix("type") { #expect(told.contains("nine"), "\(told)") }
    }
  }

  @Test func aDocumentWithABadElementIsSetAsideAsAWhole() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write(
        """
        {"id": 1, "k": [{"v": 1}, {"v": 2}]}
        {"id": 2, "k": [{"v": 3, "l": [1]}], "m": [5]}
        """ + "\n", to: "t.jsonl")
      var load = Load(
        .files([folder["t.jsonl"]]), into: "ds", table: "t", contract: SchemaContract(dataType: .freeze),
        badRows: .setAside)
      let loader = Loader(lake)
      try await loader.load(load)
      try folder.write(
        """
        {"id": 3, "k": [{"v": 1}], "m": [6]}
        {"id": 4, "k": [{"v": 4}, {"v": "x", "l": [2]}], "m": [7, 8]}
        {"id": 5, "k": [{"v": 5, "l": [9]}, {"v": "y"}, {"v": "z"}]}
        {"id": "six", "k": [{"v": 6}]}
        {"id": 7}
        """ + "\n", to: "t.jsonl")
      let summary = try await loader.load(load)
      #expect(summary.rejectedRows == 3)
      #expect(summary.tables.map { "\($0.name) \($0.rows)" } == ["t 2", "t__k 1", "t__m 1"])
      #expect(try await rows(lake, "SELECT id FROM dl.ds.t ORDER BY id") == ["1", "2", "3", "7"])
      // Nothing of such a document is there, above, beside or below the value.
      #expect(try await rows(lake, "SELECT v FROM dl.ds.t__k ORDER BY v") == ["1", "1", "2", "3"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__k__l") == ["1"])
      #expect(try await rows(lake, "SELECT value FROM dl.ds.t__m ORDER BY value") == ["5", "6"])
      #expect(
        try await rows(
          lake,
          "SELECT table_name, line, content ->> '$.id', json_array_length(content, '$.k'), right(reason, 3) FROM dl.ds._rejects ORDER BY line"
        ) == ["t__k|2|4|2|: x", "t__k|3|5|3|: y", "t|4|six|1|six"])
      // To stop, the same row is named.
      load.badRows = .stop
      let error = await #expect(throws: LoadError.self) { try await loader.load(load) }
      #expect(error?.message.contains("line 2 of") == true, "\(String(describing: error))")
      await loader.close()
    }
  }

  @Test func linesAreCountedAcrossFilesAndQuotedLineBreaks() async throws {
    try await withLoaderLake { lake, folder in
      try folder.write("id,v\n1,\"two\nlines\"\n,b\n", to: "a.csv")
      try folder.write("id,v\n3,c\n,d\n", to: "b.csv")
      let load = Load(
        .files([folder["a.csv"], folder["b.csv"]]), into: "ds", table: "t", primaryKey: ["id"],
        badRows: .setAside)
      #expect(try await Loader(lake).load(load).rejectedRows == 2)
      let found = try await rows(lake, "SELECT right(file, 5), line FROM dl.ds._rejects ORDER BY ALL")
      #expect(found == ["a.csv|4", "b.csv|3"])
    }
  }

  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }
}
