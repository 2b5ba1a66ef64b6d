#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

extension UUID {
  /// DuckDB keeps a UUID as a HUGEINT with the highest bit turned, so that it sorts as its text does.
  init(hugeInt: Int128) {
    var big = (UInt128(bitPattern: hugeInt) ^ (UInt128(1) << 127)).bigEndian
    self = withUnsafeBytes(of: &big) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
  }

  /// The bits in DuckDB's order.
  var hugeInt: Int128 {
    Int128(bitPattern: unsigned ^ (UInt128(1) << 127))
  }

  /// The 128 bits as a number.
  var unsigned: UInt128 {
    withUnsafeBytes(of: uuid) { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
  }
}
