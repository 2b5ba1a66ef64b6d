import Foundation

/// The values of `_dlt_id`: ten bytes in base64 without padding, 14 characters.
public enum RowID {
  static let length = 14
  static let byteCount = 10

  /// The id that a text always gets: children have that of `parent_table_position`, rows of tables that are merged
  /// by key that of their key as JSON.
  ///
  /// - Parameter text: what is hashed, as UTF-8.
  public static func of(_ text: String) -> String {
    var text = text
    return text.withUTF8 { bytes in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { room in
        write(hashOf: UnsafeRawBufferPointer(bytes), to: room.baseAddress.unsafelyUnwrapped)
        return String(decoding: room, as: UTF8.self)
      }
    }
  }

  /// The id of a row of a child table.
  ///
  /// - Parameters:
  ///   - parent: the parent row's id.
  ///   - table: the child table's name, as stored.
  ///   - index: the row's place in its list, from 0.
  public static func ofChild(parent: String, table: String, index: Int) -> String {
    of("\(parent)_\(table)_\(index)")
  }

  /// An id like no other.
  public static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<10).map { _ in UInt8.random(in: 0...255, using: &generator) }
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length) { room in
      bytes.withUnsafeBufferPointer {
        encode($0.baseAddress.unsafelyUnwrapped, to: room.baseAddress.unsafelyUnwrapped)
      }
      return String(decoding: room, as: UTF8.self)
    }
  }

  @inline(__always)
  static func write(hashOf bytes: UnsafeRawBufferPointer, to target: UnsafeMutablePointer<UInt8>) {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { hash in
      let start = hash.baseAddress.unsafelyUnwrapped
      Keccak.shake128Prefix(bytes, into: start)
      encode(start, to: target)
    }
  }

  /// Writes ten bytes as fourteen characters.
  @inline(__always)
  static func encode(_ bytes: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>) {
    alphabet.withUTF8Buffer { letters in
      for group in 0..<3 {
        let bits =
          UInt32(bytes[group * 3]) &<< 16 | UInt32(bytes[group * 3 + 1]) &<< 8 | UInt32(bytes[group * 3 + 2])
        for letter in 0..<4 {
          target[group * 4 + letter] = letters[Int(bits &>> UInt32(18 - 6 * letter)) & 63]
        }
      }
      target[12] = letters[Int(bytes[9] &>> 2)]
      target[13] = letters[Int(bytes[9] & 3) &<< 4]
    }
  }

  private static let alphabet: StaticString =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
}
