// The C library types here are shared with libedit's header, and may count as either module's.
internal import CEdit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What can be shown on one of the process's files: whether it is a terminal, how large, and with what.
public struct TerminalInfo: Sendable, Hashable {
  /// Whether it is a terminal at all.
  public var isTerminal: Bool

  /// How many columns it has. 80 where nobody knows.
  public var width: Int

  /// How many lines it has. 24 where nobody knows.
  public var height: Int

  /// Whether a live display can be drawn: a terminal that is not `TERM=dumb`.
  public var allowsMovement: Bool

  /// Bold, dim and colours, or plain text: not without a terminal, with `NO_COLOR`, or on `TERM=dumb`.
  public var style: TextStyle

  /// Works out what can be shown.
  ///
  /// - Parameters:
  ///   - isTerminal: Whether the file is a terminal.
  ///   - size: Its size, as the system gives it.
  ///   - environment: Looks up `TERM`, `NO_COLOR`, `COLUMNS`, `LINES`.
  public init(
    isTerminal: Bool, size: (width: Int, height: Int)? = nil, environment: (String) -> String? = { _ in nil }
  ) {
    self.isTerminal = isTerminal
    let isDumb = environment("TERM").map { $0.isEmpty || $0 == "dumb" } ?? true
    allowsMovement = isTerminal && !isDumb
    // As https://no-color.org has it: any value but the empty one.
    let refusesColor = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    style = TextStyle(isEnabled: isTerminal && !isDumb && !refusesColor)
    width = TerminalInfo.extent(size?.width, environment("COLUMNS"), fallback: 80)
    height = TerminalInfo.extent(size?.height, environment("LINES"), fallback: 24)
  }

  /// Asks the system about one of the process's files.
  ///
  /// - Parameter descriptor: 1 for standard output, 2 for standard error.
  public static func of(_ descriptor: Int32) -> TerminalInfo {
    TerminalInfo(isTerminal: isatty(descriptor) == 1, size: size(of: descriptor)) { name in
      getenv(name).map { String(cString: $0) }
    }
  }

  /// The same with the size that the terminal has now.
  func resized(for descriptor: Int32?) -> TerminalInfo {
    guard isTerminal, let descriptor, let size = Self.size(of: descriptor), size.width > 0, size.height > 0
    else {
      return self
    }
    var result = self
    (result.width, result.height) = size
    return result
  }

  private static func size(of descriptor: Int32) -> (width: Int, height: Int)? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  private static func extent(_ size: Int?, _ variable: String?, fallback: Int) -> Int {
    if let size, size > 0 { return size }
    if let value = variable.flatMap({ Int($0) }), value > 0 { return value }
    return fallback
  }
}
