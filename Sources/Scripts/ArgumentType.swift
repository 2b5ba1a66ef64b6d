internal import SQLText

/// What kind of value an argument's declared type takes.
public enum ArgumentFamily: Sendable, Hashable {
  /// Text of any kind, enumerations among it.
  case text
  /// True or false.
  case boolean
  /// Whole numbers of up to 64 bits, bound as numbers.
  case integer
  /// Whole numbers beyond 64 bits, bound as text.
  case hugeInteger
  /// Floating-point numbers.
  case float
  /// Exact decimal numbers, bound as text.
  case decimal
  /// Days, bound as text.
  case date
  /// Times of a day, bound as text.
  case time
  /// Points in time, bound as text.
  case timestamp
  /// Spans of time, bound as text.
  case interval
  /// UUIDs, bound as text.
  case uuid
  /// Byte strings and bit strings, bound as text.
  case bytes
  /// JSON documents, and structs, maps and unions; bound as JSON text.
  case json
  /// Lists and arrays, bound as JSON text, so that `json_each($list)` works.
  case list
  /// No declared type, or one that DuckDB does not have built in. Values are kept as they are.
  case any
}

/// A declared type: its name, and what it takes.
struct ArgumentType: Sendable, Hashable {
  /// As written, in lower case and with single blanks. Nil where none was declared.
  let name: String?
  let family: ArgumentFamily
  /// The smallest and the largest value, for whole numbers.
  let bounds: IntegerBounds?

  static let undeclared = ArgumentType(name: nil, family: .any, bounds: nil)

  /// The values of a type of whole numbers, up to 128 bits with or without a sign.
  struct IntegerBounds: Sendable, Hashable {
    let lower: Int128
    let upper: UInt128

    init<Integer: FixedWidthInteger>(of type: Integer.Type) {
      lower = Int128(clamping: type.min)
      upper = UInt128(clamping: type.max)
    }

    func contains(_ digits: String) -> Bool? {
      if let number = UInt128(digits) { return number <= upper }
      return Int128(digits).map { $0 >= lower }
    }
  }

  private init(name: String?, family: ArgumentFamily, bounds: IntegerBounds?) {
    self.name = name
    self.family = family
    self.bounds = bounds
  }

  /// Reads a type as it stands between the parentheses of a declaration, or gives nil when it is none.
  ///
  /// One word is always a type, known or not: users make types of their own. Several words are one only when
  /// DuckDB has a type of that name.
  init?(_ text: String) {
    guard let tokens = try? SQLTokenizer.tokenize(text), !tokens.isEmpty, !tokens.contains(where: \.isComment)
    else { return nil }
    var head: [SQLToken] = []
    var modifiers: [SQLToken] = []
    var depth = 0
    var isList = false
    for (index, token) in tokens.enumerated() {
      switch token.text {
      case "(", "[":
        guard index > 0 else { return nil }
        isList = isList || (depth == 0 && token.text == "[")
        depth += 1
      case ")", "]":
        depth -= 1
        if depth < 0 { return nil }
      default:
        if depth == 0 { head.append(token) } else { modifiers.append(token) }
      }
    }
    guard depth == 0, !isList || tokens.last?.text == "]" else { return nil }
    let base = head.map(\.text).joined(separator: " ").lowercased()
    guard let known = Self.known(base) else {
      guard Self.isUserTypeName(head), Self.areConstants(modifiers) else { return nil }
      self.init(name: Self.normalized(tokens), family: isList ? .list : .any, bounds: nil)
      return
    }
    // Only nested types hold other types; whoever casts to a type relies on its modifiers being plain.
    let isNested = known.family == .json
    guard isNested ? !modifiers.contains(where: { $0.isSymbol(";") }) : Self.areConstants(modifiers) else {
      return nil
    }
    self.init(
      name: Self.normalized(tokens), family: isList ? .list : known.family,
      bounds: isList ? nil : known.bounds)
  }

  /// Whether the type is one that DuckDB has, not one that users may have made.
  var isBuiltIn: Bool { family != .any && family != .list || name?.hasSuffix("]") == true }

  private static func isUserTypeName(_ head: [SQLToken]) -> Bool {
    head.enumerated().allSatisfy { index, token in
      index % 2 == 0 ? token.kind == .word || token.kind == .quotedIdentifier : token.text == "."
    } && head.count % 2 == 1
  }

  private static func areConstants(_ modifiers: [SQLToken]) -> Bool {
    modifiers.allSatisfy { $0.kind == .number || $0.kind == .string || $0.isSymbol(",") }
  }

  /// Words apart by one blank, all else together; words outside parentheses in lower case.
  private static func normalized(_ tokens: [SQLToken]) -> String {
    var text = ""
    var depth = 0
    var endsInWord = false
    for token in tokens {
      if token.text == "(" { depth += 1 } else if token.text == ")" { depth -= 1 }
      let isWord = token.kind != .symbol
      if isWord, endsInWord || text.hasSuffix(")") { text += " " }
      text += token.kind == .word && depth == 0 ? token.text.lowercased() : token.text
      endsInWord = isWord
    }
    return text
  }

  private static func known(_ name: String) -> (family: ArgumentFamily, bounds: IntegerBounds?)? {
    if let bounds = integers[name] {
      return (bounds.upper > UInt128(UInt64.max) ? .hugeInteger : .integer, bounds)
    }
    return families[name].map { ($0, nil) }
  }

  private static let integers: [String: IntegerBounds] = table([
    ("tinyint int1", IntegerBounds(of: Int8.self)),
    ("smallint int2 short int16", IntegerBounds(of: Int16.self)),
    ("integer int int4 int32 signed integral", IntegerBounds(of: Int32.self)),
    ("bigint int8 int64 long oid", IntegerBounds(of: Int64.self)),
    ("hugeint int128", IntegerBounds(of: Int128.self)),
    ("utinyint uint8", IntegerBounds(of: UInt8.self)),
    ("usmallint uint16", IntegerBounds(of: UInt16.self)),
    ("uinteger uint32", IntegerBounds(of: UInt32.self)),
    ("ubigint uint64", IntegerBounds(of: UInt64.self)),
    ("uhugeint uint128", IntegerBounds(of: UInt128.self)),
  ])

  private static let families: [String: ArgumentFamily] = table([
    ("varchar char bpchar text string nvarchar character enum", .text),
    ("boolean bool logical", .boolean),
    ("double float8 float float4 real", .float),
    ("decimal numeric dec", .decimal),
    ("date", .date),
    ("time timetz", .time),
    ("timestamp datetime timestamptz timestamp_s timestamp_ms timestamp_us timestamp_ns", .timestamp),
    ("interval", .interval),
    ("uuid guid", .uuid),
    ("blob bytea binary varbinary bit bitstring", .bytes),
    ("json struct row map union", .json),
  ]).merging([
    "character varying": .text, "double precision": .float,
    "time with time zone": .time, "time without time zone": .time,
    "timestamp with time zone": .timestamp, "timestamp without time zone": .timestamp,
  ]) { $1 }

  private static func table<Value>(_ rows: [(names: String, value: Value)]) -> [String: Value] {
    Dictionary(
      uniqueKeysWithValues: rows.flatMap { row in
        row.names.split(separator: " ").map { (String($0), row.value) }
      })
  }
}
