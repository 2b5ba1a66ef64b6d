import DuckDB
import Foundation
import LakeSettings
import SQLText

extension Lake {
  /// The number of the snapshot that a text names.
  ///
  /// - Parameter text: a snapshot's number; a moment in ISO 8601 (UTC where it has no zone), which means the last
  ///   snapshot at or before it; or a tag's name. A moment that is given to the second means the end of that second, so
  ///   that a snapshot's time as it is printed means that snapshot.
  /// - Throws: ``LakeError`` with code `not_found` when there is no such snapshot or tag, with the nearest name or with
  ///   what exists.
  public func snapshot(_ text: String) async throws -> Int64 {
    if let number = Int64(text) { return try await existingSnapshot(number) }
    if let moment = MomentText(text) { return try await lastSnapshot(until: moment.lastMicrosecond, text) }
    let tags = try await tags()
    guard let tag = tags.first(where: { $0.name == text }) else {
      let error = unknownTag(text, among: tags)
      throw LakeError(
        error.code, "'\(text)' is no snapshot of lake '\(name)': no number, no time, and no tag",
        hint: error.hint)
    }
    return try await existingSnapshot(tag.snapshot)
  }

  /// The number of the snapshot that a reference means.
  ///
  /// - Throws: ``LakeError`` with code `not_found` when it is not there, or not any more.
  public func snapshot(_ reference: SnapshotReference) async throws -> Int64 {
    switch reference {
    case .version(let number): return try await existingSnapshot(number)
    case .time(let date):
      let microseconds = Int64((date.timeIntervalSince1970 * 1e6).rounded())
      return try await lastSnapshot(until: microseconds, date.formatted(.iso8601))
    }
  }

  /// A snapshot's number, once it is known to be there.
  func existingSnapshot(_ number: Int64) async throws -> Int64 {
    let row = try await readTrusted(
      """
      SELECT count(*) FILTER (snapshot_id = \(number)), min(snapshot_id), max(snapshot_id),
        max(snapshot_id) FILTER (snapshot_id < \(number)), min(snapshot_id) FILTER (snapshot_id > \(number))
      FROM \(metadata("ducklake_snapshot"))
      """
    )[0]
    guard row[0].integer == 0 else { return number }
    let (first, last) = (row[1].integer ?? 0, row[2].integer ?? 0)
    guard number >= 0, number <= last else {
      throw LakeError(
        .notFound, "lake '\(name)' has no snapshot \(number)", hint: "It has snapshots \(first) to \(last).")
    }
    let near = [row[3].integer, row[4].integer].compactMap { $0.map(String.init) }
    throw LakeError(
      .notFound, "snapshot \(number) of lake '\(name)' has expired",
      hint: "The nearest that is left: \(near.joined(separator: ", ")).")
  }

  private func lastSnapshot(until microseconds: Int64, _ text: String) async throws -> Int64 {
    let row = try await readTrusted(
      """
      SELECT max(snapshot_id) FILTER (epoch_us(snapshot_time) <= \(microseconds)), min(snapshot_time)::VARCHAR
      FROM ducklake_snapshots(\(catalogLiteral))
      """
    )[0]
    if let number = row[0].integer { return number }
    throw LakeError(
      .notFound, "lake '\(name)' has no snapshot at or before \(text)",
      hint: "Its first that is left is of \(row[1].text ?? "an unknown time").")
  }
}

/// A moment as people write it: `2026-11-20`, `2026-11-20T09:30`, `2026-11-20 09:30:12.5+01:00`.
struct MomentText: Equatable {
  /// Microseconds since 1970.
  let microseconds: Int64
  /// Whether seconds were written without a fraction.
  let isToTheSecond: Bool

  /// The last microsecond that the text stands for.
  var lastMicrosecond: Int64 { isToTheSecond ? microseconds + 999_999 : microseconds }

  /// - Returns: nil when the text is no moment. UTC where it names no zone.
  init?(_ text: String) {
    let form =
      #/([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?)?\s*([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?/#
    guard let match = text.wholeMatch(of: form)?.output else { return nil }
    func number(_ part: Substring?) -> Int { part.flatMap { Int($0) } ?? 0 }
    let day = (year: number(match.1), month: number(match.2), day: number(match.3))
    let clock = (hour: number(match.4), minute: number(match.5), second: number(match.6))
    guard (1...12).contains(day.month), (1...Self.days(in: day.month, of: day.year)).contains(day.day),
      clock.hour < 24, clock.minute < 60, clock.second < 60
    else { return nil }
    var seconds = Self.daysSince1970(day.year, day.month, day.day) * 86400
    seconds += clock.hour * 3600 + clock.minute * 60 + clock.second
    if let zone = match.8, let sign = zone.first, sign == "+" || sign == "-" {
      let digits = zone.dropFirst().filter { $0 != ":" }
      let offset = number(digits.prefix(2)) * 3600 + number(digits.dropFirst(2).prefix(2)) * 60
      seconds -= sign == "+" ? offset : -offset
    }
    let fraction = String((match.7.map(String.init) ?? "").prefix(6))
    let padded = fraction + String(repeating: "0", count: 6 - fraction.count)
    microseconds = Int64(seconds) * 1_000_000 + (Int64(padded) ?? 0)
    isToTheSecond = match.6 != nil && match.7 == nil
  }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(in month: Int, of year: Int) -> Int {
    month == 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
  }

  /// Days of the Gregorian calendar, counted from March so that the leap day is a year's last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let shifted = month > 2 ? year : year - 1
    let months = month > 2 ? month - 3 : month + 9
    let leapDays = shifted / 4 - shifted / 100 + shifted / 400
    return shifted * 365 + leapDays + (153 * months + 2) / 5 + day - 1 - 719_468
  }
}
