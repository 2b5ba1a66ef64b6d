import Foundation
import TestKit
import Testing

@testable import Loader

/// Names, ids and hashes against what dlt 1.31 makes of the same.
@Suite struct NamesAndHashesTests {
  private struct Facts: Decodable {
    let names: [[String]]
    let hashes: [[String]]
  }

  private static let facts = Result {
    try JSONDecoder().decode(Facts.self, from: try Golden.data("dlt-names-and-hashes.json"))
  }

  @Test func namesAreThoseOfDlt() throws {
    for pair in try Self.facts.get().names { #expect(SnakeCase.key(pair[0]) == pair[1], "\(pair[0])") }
  }

  @Test func idsAreThoseOfDlt() throws {
    for pair in try Self.facts.get().hashes { #expect(RowID.of(pair[0]) == pair[1]) }
    #expect(RowID.of(#"{"id":1}"#) == "z5jIxXIbUnmbKw")
    #expect(RowID.random().utf8.count == 14)
  }

  /// As dlt's own naming convention was seen to answer.
  @Test(arguments: [("日本", "x"), ("a日本", "ax"), ("trail_", "trailx"), ("x٣", "x٣"), ("Ａ", "x")])
  func lettersOfOtherScriptsBecomeOneUnderscore(_ name: String, _ expected: String) {
    #expect(SnakeCase.key(name) == expected)
  }

  @Test func aKeyWithoutANameIsCalledEmpty() { #expect(SnakeCase.key(" ") == "_empty") }

  @Test func aStoredSchemaKeepsItsHash() throws {
    let text = String(decoding: try Golden.data("dlt-schema.json"), as: UTF8.self)
    let schema = try StoredSchema(parsing: text)
    #expect(schema.contentHash == schema.versionHash)
    #expect(try JSONValue(parsing: schema.text).sortedText == JSONValue(parsing: text).sortedText)
  }

  @Test func aChangedSchemaCountsUpOnce() throws {
    var schema = StoredSchema(name: "s")
    let first = schema.versionHash
    schema["t"] = TableSchema("t", columns: [ColumnSchema("a", .bigint)])
    schema.bump()
    schema.bump()
    #expect(schema.version == 2)
    #expect(schema.versionHash != first)
    #expect(schema.text.contains("\"previous_hashes\":[\"\(first)\"]"))
  }
}
