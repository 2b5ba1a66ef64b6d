/// A script's text and, at the same places, the same with nothing in strings and comments: what is found there is code.
struct MaskedText {
  let bytes: [UInt8]
  /// Contents of strings are zeros, with a quotation mark at both ends; comments are blanks.
  let mask: [UInt8]

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The same without blanks at its ends.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, Self.isBlank(mask[start]) { start += 1 }
    while end > start, Self.isBlank(mask[end - 1]) { end -= 1 }
    return start..<end
  }

  /// The place of the bracket that closes the one at a place.
  func closing(_ open: Int) -> Int? {
    var depth = 0
    for index in open..<mask.count {
      switch mask[index] {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return index }
      default: break
      }
    }
    return nil
  }

  /// The pieces between separators that stand in no brackets.
  ///
  /// - Parameter angles: whether `<` and `>` are brackets.
  func split(_ range: Range<Int>, at separators: Set<UInt8>, angles: Bool = false) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var start = range.lowerBound
    for index in topLevel(range, angles: angles) where separators.contains(mask[index]) {
      pieces.append(start..<index)
      start = index + 1
    }
    pieces.append(start..<range.upperBound)
    return pieces
  }

  /// The first place of a character that stands in no brackets.
  func first(_ character: Unicode.Scalar, in range: Range<Int>, angles: Bool = false) -> Int? {
    let byte = UInt8(ascii: character)
    return topLevel(range, angles: angles).first { mask[$0] == byte }
  }

  private func topLevel(_ range: Range<Int>, angles: Bool) -> [Int] {
    var places: [Int] = []
    var depth = 0
    for index in range {
      let byte = mask[index]
      switch byte {
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      // Not that of `=>`.
      case UInt8(ascii: ">") where angles && (index == 0 || mask[index - 1] != UInt8(ascii: "=")): depth -= 1
      default: break
      }
      if depth == 0 { places.append(index) }
      switch byte {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "<") where angles: depth += 1
      default: break
      }
    }
    return places
  }

  /// The place after a run of words, such as `export async function main`, each of which may be left out that ends in `?`.
  func match(_ words: [String], at place: Int) -> Int? {
    var index = place
    for word in words {
      let isOptional = word.hasSuffix("?")
      let letters = Array((isOptional ? String(word.dropLast()) : word).utf8)
      let end = index + letters.count
      guard end <= mask.count, mask[index..<end].elementsEqual(letters),
        end == mask.count || !Self.isLetter(mask[end]) || !Self.isLetter(letters.last ?? 0)
      else {
        if isOptional { continue }
        return nil
      }
      index = end
      while index < mask.count, Self.isBlank(mask[index]) { index += 1 }
    }
    return index
  }

  /// Places where a line begins, and its first character that is no blank.
  var lineStarts: [(line: Int, code: Int)] {
    var places: [(Int, Int)] = []
    var start = 0
    for index in 0...mask.count where index == mask.count || mask[index] == UInt8(ascii: "\n") {
      var code = start
      while code < index, Self.isBlank(mask[code]) { code += 1 }
      if code < index { places.append((start, code)) }
      start = index + 1
    }
    return places
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  static func isLetter(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte >= 0x80
      || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}

// MARK: Python

extension MaskedText {
  init(python text: String) {
    bytes = Array(text.utf8)
    var mask = bytes
    let quotes: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "'")]
    var index = 0
    while index < mask.count {
      let byte = mask[index]
      if byte == UInt8(ascii: "#") {
        while index < mask.count, mask[index] != UInt8(ascii: "\n") {
          mask[index] = 0x20
          index += 1
        }
      } else if quotes.contains(byte) {
        let isLong = index + 2 < mask.count && mask[index + 1] == byte && mask[index + 2] == byte
        index += isLong ? 3 : 1
        while index < mask.count {
          if mask[index] == UInt8(ascii: "\\") {
            mask[index] = 0
            if index + 1 < mask.count { mask[index + 1] = 0 }
            index += 2
          } else if mask[index] == byte,
            !isLong || (index + 2 < mask.count && mask[index + 1] == byte && mask[index + 2] == byte)
          {
            index += isLong ? 3 : 1
            break
          } else if mask[index] == UInt8(ascii: "\n"), !isLong {
            // A string that does not end: the language will say so.
            break
          } else {
            mask[index] = 0
            index += 1
          }
        }
      } else {
        index += 1
      }
    }
    self.mask = mask
  }
}

// MARK: TypeScript

extension MaskedText {
  init(typeScript text: String) {
    let bytes = Array(text.utf8)
    var mask = bytes
    var index = 0
    // After which characters a slash begins a regular expression.
    let beforeExpression = Set("(,=:[!&|?{};\n".utf8)
    var last: UInt8 = UInt8(ascii: "\n")
    func at(_ place: Int) -> UInt8 { place < bytes.count ? bytes[place] : 0 }
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "/"):
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
          mask[index] = 0x20
          index += 1
        }
      case UInt8(ascii: "/") where at(index + 1) == UInt8(ascii: "*"):
        mask[index] = 0x20
        mask[index + 1] = 0x20
        index += 2
        while index < bytes.count, !(bytes[index] == UInt8(ascii: "*") && at(index + 1) == UInt8(ascii: "/"))
        {
          if bytes[index] != UInt8(ascii: "\n") { mask[index] = 0x20 }
          index += 1
        }
        for place in index..<min(index + 2, bytes.count) { mask[place] = 0x20 }
        index += 2
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"):
        index = Self.blankString(bytes, &mask, from: index)
        last = byte
      case UInt8(ascii: "/") where beforeExpression.contains(last):
        index = Self.blankExpression(bytes, &mask, from: index)
        last = byte
      default:
        if !Self.isBlank(byte) || byte == UInt8(ascii: "\n") { last = byte }
        index += 1
      }
    }
    self.bytes = bytes
    self.mask = mask
  }

  /// - Returns: the place after the string. What stands in `${}` of a template is blanked with it.
  private static func blankString(_ bytes: [UInt8], _ mask: inout [UInt8], from start: Int) -> Int {
    let quote = bytes[start]
    var index = start + 1
    var depth = 0
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\") {
        mask[index] = 0
        if index + 1 < bytes.count { mask[index + 1] = 0 }
        index += 2
        continue
      }
      if byte == quote, depth == 0 { return index + 1 }
      if byte == UInt8(ascii: "\n"), quote != UInt8(ascii: "`") { return index }
      if quote == UInt8(ascii: "`") {
        if depth == 0, byte == UInt8(ascii: "$"), index + 1 < bytes.count,
          bytes[index + 1] == UInt8(ascii: "{")
        {
          depth = 1
          mask[index] = 0
          index += 1
        } else if depth > 0 {
          if byte == UInt8(ascii: "{") { depth += 1 }
          if byte == UInt8(ascii: "}") { depth -= 1 }
          if byte == UInt8(ascii: "`") {
            let end = blankString(bytes, &mask, from: index)
            for place in index..<min(end, bytes.count) { mask[place] = 0 }
            index = end
            continue
          }
        }
      }
      mask[index] = 0
      index += 1
    }
    return index
  }

  private static func blankExpression(_ bytes: [UInt8], _ mask: inout [UInt8], from start: Int) -> Int {
    var index = start + 1
    var isInClass = false
    while index < bytes.count, bytes[index] != UInt8(ascii: "\n") {
      let byte = bytes[index]
      if byte == UInt8(ascii: "/"), !isInClass { return index + 1 }
      if byte == UInt8(ascii: "[") { isInClass = true }
      if byte == UInt8(ascii: "]") { isInClass = false }
      mask[index] = 0
      if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
        mask[index + 1] = 0
        index += 1
      }
      index += 1
    }
    return index
  }
}
