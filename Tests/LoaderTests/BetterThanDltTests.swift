import DuckDB
import Lake
import SQLText
import TestKit
import Testing

@testable import Loader

/// Golden cases in which dlt loses data or jams, and what Tarn does instead (docs/loader-and-dlt.md).
@Suite struct BetterThanDltTests {
  private func rows(_ lake: Lake, _ sql: String) async throws -> [String] {
    try await lake.query(SQL(raw: sql)).result().rows.map { row in
      row.values.map { "\($0)" }.joined(separator: "|")
    }
  }

  private func columns(_ lake: Lake, _ table: String = "t") async throws -> [String] {
    try await lake.columns(of: table, schema: "ds").filter { !$0.name.hasPrefix("_dlt") }.map {
      "\($0.name) \($0.type)"
    }
  }

  @Test func integersOfMoreThan63BitsBecomeDecimals() async throws {
    try await withLoaderLake { lake, folder in
      let (_, errors) = try await GoldenCase.named("int_overflow").load(into: lake, in: folder)
      #expect(errors.isEmpty)
      #expect(try await columns(lake) == ["id BIGINT", "v DECIMAL(38,0)"])
      #expect(try await rows(lake, "SELECT v FROM dl.ds.t") == ["9223372036854775808"])
    }
  }

  @Test func numbersThatAreNoneStay() async throws {
    try await withLoaderLake { lake, folder in
      let (_, errors) = try await GoldenCase.named("nan_inf").load(into: lake, in: folder)
      #expect(errors.isEmpty)
      #expect(
        try await rows(lake, "SELECT isnan(v), isinf(v), v = 1.0 FROM dl.ds.t ORDER BY id") == [
          "true|false|false", "false|true|false", "false|false|true",
        ])
    }
  }

  @Test func aValueThatDoesNotFitItsHintIsKeptBeside() async throws {
    try await withLoaderLake { lake, folder in
      let (_, errors) = try await GoldenCase.named("hints_columns").load(into: lake, in: folder)
      #expect(errors.isEmpty, "\(errors)")
      #expect(
        try await columns(lake) == [
          "id BIGINT", "amt DECIMAL(10,2)", "d DATE", "n VARCHAR", "s SMALLINT", "amt__v_text VARCHAR",
        ])
      #expect(
        try await rows(lake, "SELECT id, amt, d::VARCHAR, n, s, amt__v_text FROM dl.ds.t") == [
          "1|NULL|2024-01-02|NULL|7|12.345"
        ])
    }
  }

  @Test func aColumnThatMustHaveAValueCanComeLater() async throws {
    try await withLoaderLake { lake, folder in
      let golden = try GoldenCase.named("add_not_null_column_later")
      let (_, errors) = try await golden.load(into: lake, in: folder)
      #expect(errors.isEmpty, "\(errors)")
      #expect(try await rows(lake, "SELECT id, x FROM dl.ds.t ORDER BY id") == ["1|NULL", "2|a"])
      // From now on every row must have it.
      let without = try golden.declared(golden.runs[0], 0, in: folder)
      let error = await #expect(throws: LoadError.self) { try await Loader(lake).load(without) }
      #expect(error?.code == .data)
      #expect(error?.message.contains("'x'") == true)
    }
  }

  @Test func fieldsThatShareANameAreAllKept() async throws {
    try await withLoaderLake { lake, folder in
      let golden = try GoldenCase.named("naming_collision")
      let summary = try await Loader(lake).load(try golden.declared(golden.runs[0], 0, in: folder))
      #expect(try await rows(lake, "SELECT a_b, a_b_2, a_b_3 FROM dl.ds.t") == ["2|1|3"])
      #expect(summary.notices.count == 2)
    }
  }

  @Test func keysThatDifferInCaseAreAllKept() async throws {
    try await withLoaderLake { lake, folder in
      let (_, errors) = try await GoldenCase.named("dup_keys_case").load(into: lake, in: folder)
      #expect(errors.isEmpty, "\(errors)")
      #expect(try await rows(lake, "SELECT id, name, name_2 FROM dl.ds.t") == ["1|b|a"])
    }
  }

  @Test func aKeyThatComesTwiceInAnUpsertIsWrittenOnce() async throws {
    try await withLoaderLake { lake, folder in
      let (_, errors) = try await GoldenCase.named("upsert_dup_pk_in_batch").load(into: lake, in: folder)
      #expect(errors.isEmpty, "\(errors)")
      #expect(
        try await rows(lake, "SELECT id, v, _dlt_id FROM dl.ds.t ORDER BY id") == [
          "1|b|z5jIxXIbUnmbKw", "2|d|M6/KlLzJ2FeV/w",
        ])
    }
  }
}
