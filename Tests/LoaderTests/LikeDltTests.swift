import DuckDB
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Corners that random documents led into, and what dlt 1.31 was seen to do there.
@Suite struct LikeDltTests {
  private func load(_ lake: Lake, _ folder: TemporaryFolder, _ lines: [String]) async throws {
    try folder.write(lines.joined(separator: "\n") + "\n", to: "t.jsonl")
    try await Loader(lake).load(Load(.files([folder["t.jsonl"]]), into: "ds", table: "t"))
  }

  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }

  private func columns(_ lake: Lake) async throws -> [String] {
    try await lake.columns(of: "t", schema: "ds").map(\.name).filter { !$0.hasPrefix("_dlt") }
  }

  @Test func columnsStandInTheOrderOfTheRowThatHasThemFirst() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder,
        [
          #"{"id": 1, "a": null, "b": null, "o": {"x": null, "y": null}}"#,
          #"{"id": 2, "o": {"y": 1, "x": 1}, "c": 1, "p": {"z": 1}, "b": 1, "a": 1}"#,
        ])
      #expect(try await columns(lake) == ["id", "c", "b", "a", "p__z", "o__y", "o__x"])
    }
  }

  @Test func aVariantStandsWhereItsRowHasIt() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder, [#"{"v": 1}"#, #"{"v": "2"}"#, #"{"a": true, "v": "x", "b": true}"#, #"{"v": "y"}"#])
      #expect(try await columns(lake) == ["v", "a", "v__v_text", "b"])
    }
  }

  @Test func whatComesFirstFarBehindTheBeginningCounts() async throws {
    try await withLoaderLake { lake, folder in
      let many = (0..<3000).map { #"{"id": \#($0)}"# }
      let late = [
        #"{"id": -1, "z": "7"}"#, #"{"id": -2, "y": true, "z": 8, "x": 1}"#, #"{"id": -3, "x": "a"}"#,
      ]
      try await load(lake, folder, many + late + many)
      #expect(try await columns(lake) == ["id", "z", "y", "x", "x__v_text"])
      #expect(
        try await rows(lake, "SELECT z, x FROM dl.ds.t WHERE id < 0 ORDER BY id DESC") == [
          "7|NULL", "8|1", "NULL|NULL",
        ])
    }
  }

  @Test func aVariantOfTextsIsOfPointsInTimeWhenAllThatDoNotFitAre() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder, [#"{"v": 1}"#, #"{"v": "2"}"#, #"{"v": "2024-01-02T03:04:05Z"}"#])
      #expect(
        try await rows(lake, "SELECT v, v__v_text, typeof(v__v_text) FROM dl.ds.t ORDER BY v NULLS LAST") == [
          "1|NULL|TIMESTAMP WITH TIME ZONE", "2|NULL|TIMESTAMP WITH TIME ZONE",
          "NULL|2024-01-02 03:04:05+00|TIMESTAMP WITH TIME ZONE",
        ])
      // dlt would give up here.
      try await load(lake, folder, [#"{"v": "soon"}"#])
      #expect(
        try await rows(
          lake, "SELECT v, v__v_text, v__v_text__v_text FROM dl.ds.t WHERE v__v_text__v_text IS NOT NULL")
          == ["NULL|NULL|soon"])
    }
  }

  @Test func numbersInTextsAreThoseOfPython() async throws {
    try await withLoaderLake { lake, folder in
      let texts = ["0x1F", "1_000.5", " 2 ", "1e3", "1__0", "inf", "."]
      try await load(
        lake, folder,
        [#"{"n": 0, "v": 0.5}"#] + texts.enumerated().map { #"{"n": \#($0 + 1), "v": "\#($1)"}"# })
      #expect(
        try await rows(lake, "SELECT v, v__v_text FROM dl.ds.t ORDER BY n") == [
          "0.5|NULL", "31.0|NULL", "1000.5|NULL", "2.0|NULL", "1000.0|NULL", "NULL|1__0", "inf|NULL",
          "NULL|.",
        ])
    }
  }

  @Test func textsBecomeDecimalsWhereNothingIsLost() async throws {
    try await withLoaderLake { lake, folder in
      let texts = ["0x1F", "1_0.0", ".5", "1e3", "_1"]
      let rows = [#"{"n": 0, "v": 9223372036854775808}"#, #"{"n": 9, "v": 5e-324}"#]
      try await load(lake, folder, rows + texts.enumerated().map { #"{"n": \#($0 + 1), "v": "\#($1)"}"# })
      #expect(
        try await self.rows(lake, "SELECT v, v__v_text, v__v_double FROM dl.ds.t ORDER BY n") == [
          "9223372036854775808|NULL|NULL", "31|NULL|NULL", "10|NULL|NULL", "NULL|.5|NULL", "1000|NULL|NULL",
          "1|NULL|NULL",
          "NULL|NULL|5e-324",
        ])
    }
  }

  @Test func numbersBecomeTextsAsPythonWritesThem() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder, [#"{"n": 0, "v": "a"}"#, #"{"n": 1, "v": 1e16}"#, #"{"n": 2, "v": 0.00001}"#])
      #expect(try await rows(lake, "SELECT v FROM dl.ds.t ORDER BY n") == ["a", "1e+16", "1e-05"])
    }
  }

  @Test func secondsBeyondTheYear9999AreKeptBeside() async throws {
    try await withLoaderLake { lake, folder in
      try await load(
        lake, folder,
        [#"{"n": 0, "v": "2024-01-02T03:04:05Z"}"#, #"{"n": 1, "v": 0}"#, #"{"n": 2, "v": 253402300800}"#])
      #expect(
        try await rows(lake, "SELECT v, v__v_bigint FROM dl.ds.t ORDER BY n") == [
          "2024-01-02 03:04:05+00|NULL", "1970-01-01 00:00:00+00|NULL", "NULL|253402300800",
        ])
    }
  }

  @Test func aFieldInsideAnObjectHasTheNameThatItIsCalled() async throws {
    try await withLoaderLake { lake, folder in
      try await load(lake, folder, [#"{"o": {"A-B": 1, "a_b": 2}}"#])
      #expect(try await rows(lake, "SELECT o__a_b, o__a_b_2 FROM dl.ds.t") == ["2|1"])
    }
  }
}
