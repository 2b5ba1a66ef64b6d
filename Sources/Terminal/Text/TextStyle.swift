/// Colours and weights for a terminal, or nothing where they are not wanted.
public struct TextStyle: Sendable, Hashable {
  /// Whether text gets any escape sequences at all.
  public let isEnabled: Bool

  /// Makes a style.
  public init(isEnabled: Bool) {
    self.isEnabled = isEnabled
  }

  /// Leaves text as it is.
  public static let plain = TextStyle(isEnabled: false)

  /// Strong text, for headings.
  public func bold(_ text: String) -> String { wrap(text, "1") }

  /// Weak text, for what is beside the point.
  public func dim(_ text: String) -> String { wrap(text, "2") }

  /// Text that says something failed.
  public func red(_ text: String) -> String { wrap(text, "31") }

  /// Text that says something is done.
  public func green(_ text: String) -> String { wrap(text, "32") }

  /// Text that warns.
  public func yellow(_ text: String) -> String { wrap(text, "33") }

  /// Text that says something is under way.
  public func cyan(_ text: String) -> String { wrap(text, "36") }

  private func wrap(_ text: String, _ code: String) -> String {
    isEnabled && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
