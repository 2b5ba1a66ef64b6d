import Foundation
import Testing

@testable import Lake

@Suite struct MomentTextTests {
  /// Expected values from `date -u -d TEXT +%s`.
  @Test(arguments: [
    ("1970-01-01", 0), ("2026-11-20", 1_795_132_800), ("2024-02-29T12:34", 1_709_210_040),
    ("2026-11-20 09:30:12", 1_795_167_012), ("2026-11-20T09:30:12Z", 1_795_167_012),
    ("2026-11-20T09:30:12+01:00", 1_795_163_412), ("2026-11-20T09:30:12-0530", 1_795_186_812),
    ("1969-12-31T23:59:59", -1), ("2000-03-01", 951_868_800),
  ])
  func secondsSince1970(_ text: String, _ seconds: Int64) throws {
    #expect(MomentText(text)?.microseconds == seconds * 1_000_000)
  }

  @Test func fractionsAndWholeSeconds() {
    #expect(MomentText("1970-01-01T00:00:01.5")?.lastMicrosecond == 1_500_000)
    #expect(MomentText("1970-01-01T00:00:01.123456789")?.lastMicrosecond == 1_123_456)
    #expect(MomentText("1970-01-01T00:00:01")?.lastMicrosecond == 1_999_999)
    #expect(MomentText("1970-01-01T00:01")?.lastMicrosecond == 60_000_000)
  }

  @Test(arguments: [
    "", "7", "v1", "2026-13-01", "2026-02-29", "2026-11-20T24:00", "2026-11-20T09", "2026-11-20T09:30:61",
    "20-11-2026", "2026-11-20T09:30 o'clock",
  ])
  func whatIsNoMoment(_ text: String) { #expect(MomentText(text) == nil) }
}

@Suite struct SnapshotChangeTests {
  @Test func readsWhatTheCatalogSays() {
    let text =
      #"created_table:"main"."a,b""c",inserted_into_table:3,inline_flush:4,created_schema:"x",odd,dropped_table:5"#
    #expect(
      SnapshotChange.parse(text) == [
        SnapshotChange(kind: "created_table", id: nil, names: ["main", "a,b\"c"]),
        SnapshotChange(kind: "inserted_into_table", id: 3, names: []),
        SnapshotChange(kind: "inline_flush", id: 4, names: []),
        SnapshotChange(kind: "created_schema", id: nil, names: ["x"]),
        SnapshotChange(kind: "dropped_table", id: 5, names: []),
      ])
    #expect(SnapshotChange.parse("").isEmpty)
    #expect(SnapshotChange.parse(text).map(\.isUpkeep) == [false, false, true, false, false])
  }
}
