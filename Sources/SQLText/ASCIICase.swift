extension String {
  /// Whether both are the same when ASCII letters are compared without their case.
  ///
  /// DuckDB folds ASCII letters only: `É` and `é` are two names.
  func isEqualIgnoringASCIICase(to other: String) -> Bool {
    utf8.count == other.utf8.count
      && zip(utf8, other.utf8).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
  }
}

extension UInt8 {
  var lowercasedASCII: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }

  var isASCIIDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

  /// A byte that may begin an identifier: a letter, an underscore, or any byte of a non-ASCII character.
  var isIdentifierStart: Bool {
    self >= 0x80 || self == UInt8(ascii: "_")
      || (lowercasedASCII >= UInt8(ascii: "a") && lowercasedASCII <= UInt8(ascii: "z"))
  }

  /// A byte that may continue an identifier, `$` aside.
  var isTagByte: Bool { isIdentifierStart || isASCIIDigit }

  /// A byte that may continue an identifier.
  var isIdentifierByte: Bool { isTagByte || self == UInt8(ascii: "$") }

  /// A byte that operators of more than one character are made of.
  var isOperatorByte: Bool {
    switch self {
    case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "^"), UInt8(ascii: "&"),
      UInt8(ascii: "|"), UInt8(ascii: "`"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"),
      UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
