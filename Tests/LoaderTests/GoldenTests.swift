import Lake
import TestKit
import Testing

@testable import Loader

/// The cases of dlt-golden.json in which Tarn does as dlt does.
@Suite struct GoldenTests {
  /// Where Tarn does better, as docs/loader-and-dlt.md says; tested on their own.
  static let better: Set<String> = [
    "int_overflow", "nan_inf", "hints_columns", "add_not_null_column_later", "naming_collision",
    "dup_keys_case",
    "upsert_dup_pk_in_batch",
  ]
  /// Values that JSON cannot write; tested with Parquet files.
  static let typed: Set<String> = ["decimals_py", "dates_py"]

  @Test(arguments: GoldenCase.all.filter { !better.contains($0.name) && !typed.contains($0.name) })
  func rowsAndColumnsAreThoseOfDlt(_ golden: GoldenCase) async throws {
    try await withLoaderLake { lake, folder in
      let (ids, errors) = try await golden.load(into: lake, in: folder)
      for (number, error) in errors { #expect(golden.failingRuns.contains(number), "\(error)") }
      #expect(Set(errors.keys) == golden.failingRuns)
      try await GoldenComparison(lake: lake, golden: golden, loadIDs: ids).check()
    }
  }
}
