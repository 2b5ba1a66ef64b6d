import DuckDB
import Foundation

/// A field of Avro files whose values are decimals. DuckDB reads those of a fixed size as what they are, and the others, of which this tells, as
/// their bytes: the digits as one whole number, the highest byte first.
struct AvroDecimal: Sendable, Hashable {
  let name: String
  let precision: Int
  let scale: Int

  /// More digits no decimal of DuckDB has.
  private static let mostDigits = 38

  /// The decimals among the fields of a file's rows; those deeper in them stay bytes.
  ///
  /// - Parameter path: a file on this machine. Of one that is no Avro there are none.
  static func all(in path: String) -> [AvroDecimal] {
    guard let text = AvroBlocks.schema(of: path),
      let fields = (try? JSONValue(parsing: text))?.object?["fields"]?.array
    else { return [] }
    return fields.compactMap { field in
      guard let name = field.object?["name"]?.string, let type = field.object?["type"] else { return nil }
      // A field that may be empty is a choice of nothing and a type.
      let types = (type.array ?? [type]).filter { $0.string != "null" }
      guard types.count == 1, let decimal = types[0].object, decimal["type"]?.string == "bytes",
        decimal["logicalType"]?.string == "decimal",
        let precision = decimal["precision"]?.int, (1...mostDigits).contains(precision)
      else { return nil }
      let scale = decimal["scale"]?.int ?? 0
      guard (0...precision).contains(scale) else { return nil }
      return AvroDecimal(name: name, precision: precision, scale: scale)
    }
  }

  /// The value as a decimal, as an expression.
  ///
  /// - Parameter column: the bytes.
  func sql(_ column: String) -> String {
    "CAST(tarn_avro_decimal(hex(\(column)), \(scale)) AS DECIMAL(\(precision),\(scale)))"
  }

  /// Gives the bytes, as hexadecimal digits, and a scale as the text of a decimal.
  static let function = ScalarFunction(
    "tarn_avro_decimal", parameters: [.varchar, .bigInt], returns: .varchar
  ) { call in
    for row in 0..<call.rowCount {
      guard !call.isNull(0, row), !call.isNull(1, row) else {
        call.setNull(at: row)
        continue
      }
      call.set(text(ofHexadecimal: call.bytes(0, row), scale: Int(call.integer(1, row))), at: row)
    }
  }

  static func text(ofHexadecimal digits: some Sequence<UInt8>, scale: Int) -> String {
    var value: Int128?
    for digit in digits {
      let four = Int128(digit <= 0x39 ? digit &- 0x30 : (digit | 0x20) &- 0x57)
      // The first bit of all is the sign. Further bytes in front only repeat it.
      value = ((value ?? (four >= 8 ? -1 : 0)) << 4) | four
    }
    let number = value ?? 0
    var text = String(number.magnitude)
    if scale > 0 {
      text = String(repeating: "0", count: max(0, scale + 1 - text.count)) + text
      text.insert(".", at: text.index(text.endIndex, offsetBy: -scale))
    }
    return (number < 0 ? "-" : "") + text
  }
}
