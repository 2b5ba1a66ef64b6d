internal import CZlib
import Foundation

/// The form in which `_dlt_pipeline_state` keeps a state: zlib, then base64.
enum StateCompression {
  static func compress(_ text: String) throws(LoadError) -> String {
    let bytes = Array(text.utf8)
    var length = compressBound(uLong(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(length))
    guard compress2(&packed, &length, bytes, uLong(bytes.count), 9) == Z_OK else {
      throw LoadError(.destination, "the pipeline's state could not be compressed")
    }
    return Data(packed.prefix(Int(length))).base64EncodedString()
  }

  /// - Throws: ``LoadError`` with code `destination` when the text is nothing that ``compress(_:)`` gives.
  static func decompress(_ text: String) throws(LoadError) -> String {
    guard let packed = Data(base64Encoded: text).map(Array.init) else {
      // Old versions wrote the text as it is.
      return text
    }
    var capacity = max(1 << 12, packed.count * 8)
    while capacity <= 1 << 30 {
      var unpacked = [UInt8](repeating: 0, count: capacity)
      var length = uLong(capacity)
      switch uncompress(&unpacked, &length, packed, uLong(packed.count)) {
      case Z_OK: return String(decoding: unpacked.prefix(Int(length)), as: UTF8.self)
      case Z_BUF_ERROR: capacity *= 4
      default: throw LoadError(.destination, "a state in \(SystemTables.stateName) is damaged")
      }
    }
    throw LoadError(.destination, "a state in \(SystemTables.stateName) is larger than 1 GB")
  }
}
