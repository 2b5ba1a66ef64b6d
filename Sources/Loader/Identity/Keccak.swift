/// SHA-3's permutation and the two functions on it that dlt names things with: SHAKE128 for ids of rows, SHA3-256 for
/// versions of schemas and states. DuckDB 1.5.5 has neither.
enum Keccak {
  /// SHAKE128 of some bytes.
  ///
  /// - Parameter length: how many bytes to give, at most 168.
  static func shake128(_ bytes: UnsafeRawBufferPointer, length: Int) -> [UInt8] {
    withState { state in
      absorb(bytes, rate: 168, suffix: 0x1f, state)
      return squeeze(length, state)
    }
  }

  /// SHA3-256 of some bytes: 32 bytes.
  static func sha3(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { bytes in
      withState { state in
        absorb(bytes, rate: 136, suffix: 0x06, state)
        return squeeze(32, state)
      }
    }
  }

  /// The first ten bytes of SHAKE128, as ids of rows are made of them.
  @inline(__always)
  static func shake128Prefix(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>) {
    withState { state in
      absorb(bytes, rate: 168, suffix: 0x1f, state)
      withUnsafeBytes(of: (state[0].littleEndian, state[1].littleEndian)) { words in
        for index in 0..<10 { target[index] = words[index] }
      }
    }
  }

  @inline(__always)
  private static func withState<Result>(_ body: (UnsafeMutablePointer<UInt64>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 25) { state in
      state.initialize(repeating: 0)
      return body(state.baseAddress.unsafelyUnwrapped)
    }
  }

  @inline(__always)
  private static func absorb(
    _ bytes: UnsafeRawBufferPointer, rate: Int, suffix: UInt8, _ state: UnsafeMutablePointer<UInt64>
  ) {
    var position = 0
    while bytes.count - position >= rate {
      for lane in 0..<rate / 8 {
        state[lane] ^= UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: position + lane * 8, as: UInt64.self))
      }
      permute(state)
      position += rate
    }
    var offset = 0
    while position < bytes.count {
      state[offset >> 3] ^= UInt64(bytes[position]) &<< UInt64((offset & 7) * 8)
      offset += 1
      position += 1
    }
    state[offset >> 3] ^= UInt64(suffix) &<< UInt64((offset & 7) * 8)
    state[(rate - 1) >> 3] ^= 0x80 &<< UInt64(((rate - 1) & 7) * 8)
    permute(state)
  }

  private static func squeeze(_ length: Int, _ state: UnsafeMutablePointer<UInt64>) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: state[$0 >> 3] &>> UInt64(($0 & 7) * 8)) }
  }

  private static func permute(_ state: UnsafeMutablePointer<UInt64>) {
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 30) { room in
      let rotated = room.baseAddress.unsafelyUnwrapped
      let parity = rotated + 25
      for round in 0..<24 {
        for x in 0..<5 {
          parity[x] = state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20]
        }
        for x in 0..<5 {
          let change = parity[(x + 4) % 5] ^ rotate(parity[(x + 1) % 5], 1)
          for y in 0..<5 { state[x + 5 * y] ^= change }
        }
        rotated[0] = state[0]
        var x = 1
        for step in 0..<24 {
          let target = places[step]
          rotated[target] = rotate(state[x], offsets[step])
          x = target
        }
        for y in 0..<5 {
          let row = 5 * y
          for x in 0..<5 {
            state[row + x] = rotated[row + x] ^ (~rotated[row + (x + 1) % 5] & rotated[row + (x + 2) % 5])
          }
        }
        state[0] ^= constants[round]
      }
    }
  }

  @inline(__always)
  private static func rotate(_ word: UInt64, _ count: Int) -> UInt64 {
    (word &<< UInt64(count)) | (word &>> UInt64(64 - count))
  }

  /// Where each lane goes, following the one from lane 1 on, and by how much it is turned.
  private static let places: [Int] = [
    10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1,
  ]
  private static let offsets: [Int] = [
    1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44,
  ]
  private static let constants: [UInt64] = [
    0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808a, 0x8000_0000_8000_8000,
    0x0000_0000_0000_808b, 0x0000_0000_8000_0001, 0x8000_0000_8000_8081, 0x8000_0000_0000_8009,
    0x0000_0000_0000_008a, 0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000a,
    0x0000_0000_8000_808b, 0x8000_0000_0000_008b, 0x8000_0000_0000_8089, 0x8000_0000_0000_8003,
    0x8000_0000_0000_8002, 0x8000_0000_0000_0080, 0x0000_0000_0000_800a, 0x8000_0000_8000_000a,
    0x8000_0000_8000_8081, 0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
  ]
}
