import DuckDB
import Foundation

/// The SQL functions that make ids of rows, and the expressions that call them.
enum IdentityFunctions {
  static let all = [random, hash, rowHash, digest]

  /// A new id for each row.
  static let randomCall = "tarn_row_id()"

  /// The id that a text always gets.
  static func hashCall(_ text: String) -> String { "tarn_row_id_of(\(text))" }

  /// The id of a whole row that is given as JSON.
  static func rowHashCall(_ json: String) -> String { "tarn_row_id_of_object(\(json))" }

  /// What a value, or a row, that is given as JSON is recognised by when it comes again.
  static func digestCall(_ json: String) -> String { "tarn_digest(\(json))" }

  private static let digest = ScalarFunction(
    "tarn_digest", parameters: [.varchar], returns: .varchar
  ) { call in
    for row in 0..<call.rowCount {
      guard !call.isNull(0, row) else {
        call.setNull(at: row)
        continue
      }
      let text = try JSONValue(parsing: call.bytes(0, row)).sortedText
      call.set(Digest.of(text), at: row)
    }
  }

  private static let random = ScalarFunction(
    "tarn_row_id", parameters: [], returns: .varchar, isVolatile: true
  ) { call in
    let count = call.rowCount * RowID.byteCount
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count + RowID.length) { room in
      let start = room.baseAddress.unsafelyUnwrapped
      let text = start + count
      try RandomBytes.fill(UnsafeMutableRawBufferPointer(start: start, count: count))
      for row in 0..<call.rowCount {
        RowID.encode(start + row * RowID.byteCount, to: text)
        call.set(UnsafeRawBufferPointer(start: text, count: RowID.length), at: row)
      }
    }
  }

  private static let hash = ScalarFunction(
    "tarn_row_id_of", parameters: [.varchar], returns: .varchar
  ) { call in
    eachRow(call) { RowID.write(hashOf: $0, to: $1) }
  }

  private static let rowHash = ScalarFunction(
    "tarn_row_id_of_object", parameters: [.varchar], returns: .varchar
  ) { call in
    for row in 0..<call.rowCount {
      guard !call.isNull(0, row) else {
        call.setNull(at: row)
        continue
      }
      call.set(RowID.of(try JSONValue(parsing: call.bytes(0, row)).rowHashText), at: row)
    }
  }

  private static func eachRow(
    _ call: ScalarCall, _ body: (UnsafeRawBufferPointer, UnsafeMutablePointer<UInt8>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: RowID.length) { room in
      for row in 0..<call.rowCount {
        guard !call.isNull(0, row) else {
          call.setNull(at: row)
          continue
        }
        body(call.bytes(0, row), room.baseAddress.unsafelyUnwrapped)
        call.set(UnsafeRawBufferPointer(room), at: row)
      }
    }
  }
}

extension JSONValue {
  /// What the id of a whole row is made of: its JSON with sorted keys, without the loader's own fields.
  var rowHashText: String {
    guard case .object(let members) = self else { return sortedText }
    return JSONValue.object(
      JSONObject(members.members.filter { !$0.key.hasPrefix("_dlt") })
    ).sortedText
  }
}

/// How incremental loads recognise rows that they have had: as dlt does since 1.29.
enum Digest {
  static let byteCount = 9

  static func of(_ text: String) -> String {
    var text = text
    let hash = text.withUTF8 { Keccak.shake128(UnsafeRawBufferPointer($0), length: byteCount) }
    let encoded = Data(hash).base64EncodedString()
    return String(encoded.prefix { $0 != "=" })
  }
}
