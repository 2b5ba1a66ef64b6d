/// Decides whether and when a request is sent again.
struct RetryPolicy: Sendable {
  let settings: RESTRetrySettings

  static func mayPass(status: Int) -> Bool { status == 429 || status >= 500 }

  /// The pause after a number of failed attempts: twice as long each time, of that a random part between half and all.
  func pause(afterAttempts attempts: Int, jitter: Double) -> Duration {
    var seconds = settings.backoffFactor
    let maximum = settings.maximumDelay / .seconds(1)
    for _ in 1..<max(attempts, 1) where seconds < maximum { seconds *= 2 }
    return .seconds(min(seconds, maximum) * (0.5 + jitter / 2))
  }

  /// Reads `Retry-After`: seconds, or a date.
  ///
  /// - Returns: nil when it is neither.
  static func retryAfter(_ header: String, secondsSince1970 now: Int) -> Duration? {
    let text = header.split(separator: " ").joined(separator: " ")
    if let seconds = Int(text) { return seconds >= 0 && seconds < 1_000_000_000 ? .seconds(seconds) : nil }
    guard let date = HTTPDate.secondsSince1970(text) else { return nil }
    return .seconds(max(0, date - now))
  }
}

/// Dates in HTTP headers, as in `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func secondsSince1970(_ text: String) -> Int? {
    let words = text.split(separator: " ")
    guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", let day = Int(words[1]),
      let month = months.firstIndex(of: String(words[2])), let year = Int(words[3])
    else { return nil }
    let time = words[4].split(separator: ":").compactMap { Int($0) }
    guard time.count == 3, 1...31 ~= day, 0..<24 ~= time[0], 0..<60 ~= time[1], 0...60 ~= time[2] else {
      return nil
    }
    return CalendarDay(year: year, month: month + 1, day: day).number * 86_400 + time[0] * 3600 + time[1] * 60
      + time[2]
  }
}
