internal import PostgreSQL
internal import Scripts

/// Writes a script's rows as one JSON value, in the shape that it asks for.
struct RowsJSON {
  private let shape: ResultCollection
  private let limit: Int
  private var bytes: [UInt8] = []
  private var statements = 0
  private var rows = 0
  private var isOpen = false
  /// The columns that are written: of those with one name, an object has the last.
  private var columns: [(key: [UInt8], index: Int, form: TypeCatalog.Form)] = []

  init(_ shape: ResultCollection, limit: Int) {
    self.shape = shape
    self.limit = limit
  }

  /// Begins the rows of a statement.
  mutating func begin(_ names: [String], _ forms: [TypeCatalog.Form]) {
    end()
    if shape.coversAllStatements { bytes.append(UInt8(ascii: statements == 0 ? "[" : ",")) }
    statements += 1
    rows = 0
    isOpen = true
    columns = []
    for (index, name) in names.enumerated() where names.firstIndex(of: name) == index {
      let last = names.lastIndex(of: name) ?? index
      var key: [UInt8] = []
      JSONBytes.writeString(name.utf8, to: &key)
      columns.append((key + [UInt8(ascii: ":")], last, forms[last]))
    }
  }

  /// - Throws: ``DataTableError`` when the result is too large.
  mutating func add(_ row: borrowing PostgreSQLRow) throws(DataTableError) {
    defer { rows += 1 }
    if shape.isFirstRow, rows > 0 { return }
    if !shape.isFirstRow { bytes.append(UInt8(ascii: rows == 0 ? "[" : ",")) }
    if shape.isScalar {
      if let first = columns.first { write(row, first.index, first.form) } else { bytes += "null".utf8 }
    } else {
      bytes.append(UInt8(ascii: "{"))
      for (number, column) in columns.enumerated() {
        if number > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += column.key
        write(row, column.index, column.form)
      }
      bytes.append(UInt8(ascii: "}"))
    }
    guard bytes.count <= limit else {
      throw DataTableError(.refused, "the result is larger than \(limit >> 20) MiB; ask for less")
    }
  }

  /// The whole. A script without statements gives `[]` or `null`.
  mutating func finished() -> String {
    if statements == 0, !shape.coversAllStatements { begin([], []) }
    end()
    if shape.coversAllStatements { bytes += (statements == 0 ? "[]" : "]").utf8 }
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func end() {
    guard isOpen else { return }
    isOpen = false
    if shape.isFirstRow {
      if rows == 0 { bytes += "null".utf8 }
    } else {
      bytes += (rows == 0 ? "[]" : "]").utf8
    }
  }

  private mutating func write(_ row: borrowing PostgreSQLRow, _ column: Int, _ form: TypeCatalog.Form) {
    row.withText(of: column) { text in
      guard let text else {
        bytes += "null".utf8
        return
      }
      JSONBytes.write(text, form, to: &bytes)
    }
  }
}

/// Values of PostgreSQL as JSON.
enum JSONBytes {
  static func write(_ text: UnsafeBufferPointer<UInt8>, _ form: TypeCatalog.Form, to bytes: inout [UInt8]) {
    switch form {
    case .number, .json: bytes += text
    case .boolean: bytes += (text.first == UInt8(ascii: "t") ? "true" : "false").utf8
    case .float:
      // NaN and the infinities, which JSON has no words for.
      if text.contains(where: { $0 == UInt8(ascii: "N") || $0 == UInt8(ascii: "I") }) {
        bytes += "null".utf8
      } else {
        bytes += text
      }
    case .timestampWithZone:
      if text.suffix(3).elementsEqual("+00".utf8) {
        writeString(text.dropLast(3) + Array(" UTC".utf8), to: &bytes)
      } else {
        writeString(text, to: &bytes)
      }
    case .text: writeString(text, to: &bytes)
    case .array(let element):
      guard let elements = ArrayText.parse(text) else { return writeString(text, to: &bytes) }
      write(elements, element, to: &bytes)
    }
  }

  private static func write(
    _ elements: [ArrayText.Element], _ form: TypeCatalog.Form, to bytes: inout [UInt8]
  ) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      switch element {
      case .null: bytes += "null".utf8
      case .array(let inner): write(inner, form, to: &bytes)
      case .value(let text): text.withUnsafeBufferPointer { write($0, form, to: &bytes) }
      }
    }
    bytes.append(UInt8(ascii: "]"))
  }

  static func writeString(_ text: some Sequence<UInt8>, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x0A: bytes += "\\n".utf8
      case 0x0D: bytes += "\\r".utf8
      case 0x09: bytes += "\\t".utf8
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        bytes += ("\\u00" + (digits.count == 1 ? "0" : "") + digits).utf8
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
