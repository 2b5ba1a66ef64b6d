internal import PostgreSQL
internal import SQLText

/// Numbers and names of a server's types, as far as they are not the same everywhere.
///
/// Used on one thread at a time.
final class TypeCatalog {
  /// How values of a type become JSON.
  enum Form: Hashable, Sendable {
    /// JSON has it as it is written.
    case number
    case boolean
    case json
    case float
    case timestampWithZone
    case text
    indirect case array(Form)
  }

  private let connect: () throws -> PostgreSQLConnection
  private var forms: [UInt32: Form] = TypeCatalog.builtIn
  private var numbers: [String: UInt32] = TypeCatalog.names

  /// - Parameter connect: opens a connection to ask with, while a script has the other.
  init(connect: @escaping () throws -> PostgreSQLConnection) { self.connect = connect }

  /// What is known of types without asking.
  static let builtIn: [UInt32: Form] = {
    var forms: [UInt32: Form] = [
      16: .boolean, 20: .number, 21: .number, 23: .number, 26: .number, 114: .json, 3802: .json, 700: .float,
      701: .float, 1184: .timestampWithZone,
    ]
    // bytea, char, name, text, bpchar, varchar, date, time, timestamp, timetz, interval, numeric, uuid, inet, cidr, money
    for number: UInt32 in [
      17, 18, 19, 25, 1042, 1043, 1082, 1083, 1114, 1266, 1186, 1700, 2950, 869, 650, 790,
    ] {
      forms[number] = .text
    }
    // The arrays of these, from pg_type.dat.
    let arrays: [(UInt32, UInt32)] = [
      (1000, 16), (1001, 17), (1002, 18), (1003, 19), (1016, 20), (1005, 21), (1007, 23), (1009, 25),
      (1028, 26),
      (199, 114), (3807, 3802), (1021, 700), (1022, 701), (1014, 1042), (1015, 1043), (1182, 1082),
      (1183, 1083),
      (1115, 1114), (1185, 1184), (1270, 1266), (1187, 1186), (1231, 1700), (2951, 2950), (1041, 869),
      (651, 650),
    ]
    for (array, element) in arrays { forms[array] = forms[element].map(Form.array) }
    return forms
  }()

  private static let names: [String: UInt32] = [
    "boolean": 16, "bool": 16, "bytea": 17, "bigint": 20, "int8": 20, "smallint": 21, "int2": 21,
    "integer": 23,
    "int": 23, "int4": 23, "text": 25, "varchar": 1043, "json": 114, "jsonb": 3802, "real": 700,
    "float4": 700,
    "float8": 701, "double precision": 701, "numeric": 1700, "decimal": 1700, "date": 1082, "time": 1083,
    "timestamp": 1114, "timestamptz": 1184, "interval": 1186, "uuid": 2950,
  ]

  /// The forms of types, by their numbers. Those that are not known are asked for.
  func forms(of types: [UInt32]) -> [Form] {
    let unknown = Set(types).subtracting(forms.keys)
    if !unknown.isEmpty { learn(unknown) }
    return types.map { forms[$0] ?? .text }
  }

  private func learn(_ types: Set<UInt32>) {
    let list = "{" + types.map(String.init).joined(separator: ",") + "}"
    let question =
      "SELECT oid::int8, CASE typcategory WHEN 'A' THEN typelem ELSE 0 END::int8 FROM pg_type WHERE oid = ANY($1)"
    var elements: [UInt32: UInt32] = [:]
    // One that cannot be found out is written as text.
    try? connect().stream(question, [PostgreSQLText(text: list)]) { row in
      let numbers = (0...1).map { column in
        row.withText(of: column) { text in text.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) } ?? 0 }
      }
      elements[numbers[0]] = numbers[1]
    }
    let unknown = Set(elements.values).subtracting(forms.keys).subtracting([0])
    if !unknown.isEmpty { learn(unknown) }
    for (type, element) in elements {
      forms[type] = element == 0 ? .text : .array(forms[element] ?? .text)
    }
  }

  /// The number of a type by its name.
  ///
  /// - Throws: ``DataTableError`` when there is none of that name.
  func number(of name: String, on connection: PostgreSQLConnection) throws -> UInt32 {
    let plain = Self.withoutModifiers(name)
    if let known = numbers[plain] { return known }
    var number: UInt32?
    try connection.stream(
      "SELECT to_regtype($1)::oid", [PostgreSQLText(type: 25, text: plain)]
    ) { row in
      number = row.withText(of: 0) { text in text.flatMap { UInt32(String(decoding: $0, as: UTF8.self)) } }
    }
    guard let number else { throw DataTableError(.refused, "there is no type '\(name)' in the data table") }
    // Which type a name means may depend on the search path; those of the system are the same for all.
    if number < 16384 { numbers[plain] = number }
    return number
  }

  /// `numeric(10,2)[]` is `numeric[]`.
  private static func withoutModifiers(_ name: String) -> String {
    var plain = ""
    var depth = 0
    for character in name {
      if character == "(" { depth += 1 }
      if depth == 0 { plain.append(character) }
      if character == ")" { depth -= 1 }
    }
    return plain
  }
}
