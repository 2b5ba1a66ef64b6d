/// Reads and prints the sizes and durations that people write in settings and flags.
public enum Quantity {
  /// Reads a size such as `512MB`, `4GB`, `1.5GiB` or a plain number of bytes.
  ///
  /// - Returns: bytes; nil when the text is no size. Units of 1000 (KB, MB, GB, TB) and 1024 (KiB, MiB, GiB, TiB).
  public static func bytes(_ text: String) -> UInt64? {
    let units: [(String, Double)] = [
      ("kib", 1024), ("mib", 1_048_576), ("gib", 1_073_741_824), ("tib", 1_099_511_627_776),
      ("kb", 1e3), ("mb", 1e6), ("gb", 1e9), ("tb", 1e12), ("b", 1),
    ]
    return scaled(text, units, plain: 1).flatMap { $0 >= 1 && $0 < 1e18 ? UInt64($0) : nil }
  }

  /// Reads a duration such as `500ms`, `30s`, `10m`, `2h`, `7d` or a plain number of seconds.
  public static func duration(_ text: String) -> Duration? {
    let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
    return scaled(text, units, plain: 1).flatMap { seconds in
      seconds > 0 && seconds < 1e9 ? .milliseconds(Int64((seconds * 1000).rounded())) : nil
    }
  }

  private static func scaled(_ text: String, _ units: [(String, Double)], plain: Double) -> Double? {
    let lowered = String(text.lowercased().filter { $0 != " " && $0 != "_" })
    for (unit, factor) in units where lowered.hasSuffix(unit) {
      return Double(lowered.dropLast(unit.count)).flatMap { $0.isFinite ? $0 * factor : nil }
    }
    return Double(lowered).flatMap { $0.isFinite ? $0 * plain : nil }
  }
}
