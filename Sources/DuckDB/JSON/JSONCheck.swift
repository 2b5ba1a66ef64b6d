import Foundation

/// Tells whether bytes are one JSON value as RFC 8259 has it, without building anything.
package enum JSONCheck {
  /// The names of an object's members, in their order, each as often as it stands there.
  ///
  /// - Returns: nil when the text is no JSON object.
  package static func memberNames(of text: String) -> [String]? {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      var checker = Checker(text: bytes)
      checker.skipSpace()
      guard checker.index < bytes.count, bytes[checker.index] == UInt8(ascii: "{"), checker.value(depth: 0)
      else {
        return nil
      }
      checker.skipSpace()
      guard checker.index == bytes.count else { return nil }
      return checker.names.map { Self.name(bytes[$0]) }
    }
  }

  private static func name(_ quoted: Slice<UnsafeRawBufferPointer>) -> String {
    guard quoted.contains(UInt8(ascii: "\\")) else {
      return String(decoding: quoted.dropFirst().dropLast(), as: UTF8.self)
    }
    let decoded = try? JSONSerialization.jsonObject(with: Data(quoted), options: .fragmentsAllowed)
    return decoded as? String ?? ""
  }

  static func isValid(_ text: UnsafeRawBufferPointer) -> Bool {
    var checker = Checker(text: text)
    guard checker.value(depth: 0) else { return false }
    checker.skipSpace()
    return checker.index == text.count
  }

  /// Deeper values count as invalid, so that no text can use up the stack.
  private static let maximumDepth = 512

  private struct Checker {
    let text: UnsafeRawBufferPointer
    var index = 0
    /// Where the names of the outermost object's members stand, quotes included.
    var names: [Range<Int>] = []

    init(text: UnsafeRawBufferPointer) {
      self.text = text
    }

    private var byte: UInt8 { index < text.count ? text[index] : 0 }

    mutating func skipSpace() {
      while index < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[index]) { index += 1 }
    }

    private mutating func take(_ expected: Unicode.Scalar) -> Bool {
      guard index < text.count, text[index] == UInt8(ascii: expected) else { return false }
      index += 1
      return true
    }

    private mutating func take(word: StaticString) -> Bool {
      let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
      guard text[index...].starts(with: expected) else { return false }
      index += expected.count
      return true
    }

    mutating func value(depth: Int) -> Bool {
      guard depth < maximumDepth else { return false }
      skipSpace()
      switch byte {
      case UInt8(ascii: "{"): return object(depth: depth)
      case UInt8(ascii: "["): return array(depth: depth)
      case UInt8(ascii: "\""): return string()
      case UInt8(ascii: "t"): return take(word: "true")
      case UInt8(ascii: "f"): return take(word: "false")
      case UInt8(ascii: "n"): return take(word: "null")
      default: return number()
      }
    }

    private mutating func object(depth: Int) -> Bool {
      index += 1
      skipSpace()
      if take("}") { return true }
      repeat {
        skipSpace()
        let start = index
        guard string() else { return false }
        if depth == 0 { names.append(start..<index) }
        skipSpace()
        guard take(":"), value(depth: depth + 1) else { return false }
        skipSpace()
      } while take(",")
      return take("}")
    }

    private mutating func array(depth: Int) -> Bool {
      index += 1
      skipSpace()
      if take("]") { return true }
      repeat {
        guard value(depth: depth + 1) else { return false }
        skipSpace()
      } while take(",")
      return take("]")
    }

    private mutating func string() -> Bool {
      guard take("\"") else { return false }
      while index < text.count {
        let byte = text[index]
        switch byte {
        case UInt8(ascii: "\""):
          index += 1
          return true
        case UInt8(ascii: "\\"):
          guard escape() else { return false }
        case ..<0x20: return false
        case 0x80...:
          let length = JSONText.sequenceLength(text, at: index)
          guard length > 0 else { return false }
          index += length
        default: index += 1
        }
      }
      return false
    }

    private mutating func escape() -> Bool {
      index += 1
      switch byte {
      case UInt8(ascii: "u"):
        index += 1
        for _ in 0..<4 {
          guard isHexDigit(byte) else { return false }
          index += 1
        }
        return true
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        index += 1
        return true
      default: return false
      }
    }

    private mutating func number() -> Bool {
      _ = take("-")
      if !take("0") { guard digits() else { return false } }
      if take(".") { guard digits() else { return false } }
      if take("e") || take("E") {
        if !take("+") { _ = take("-") }
        guard digits() else { return false }
      }
      return true
    }

    private mutating func digits() -> Bool {
      let start = index
      while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) { index += 1 }
      return index > start
    }

    private func isHexDigit(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
        UInt8(ascii: "A")...UInt8(ascii: "F"):
        true
      default: false
      }
    }
  }
}
