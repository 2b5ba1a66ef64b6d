/// Geometries as well-known text, from the well-known binary in which DuckDB keeps them.
enum GeometryText {
  /// The text as DuckDB prints it; bytes that are no geometry print as a blob.
  static func text(wellKnownBinary bytes: [UInt8]) -> String {
    if let text = wellKnownText(bytes) { return text }
    var buffer = ByteBuffer()
    bytes.withUnsafeBytes { ValueText.write(blob: $0, to: &buffer) }
    return buffer.string
  }

  /// nil when the bytes are no geometry.
  static func wellKnownText(_ bytes: [UInt8]) -> String? {
    bytes.withUnsafeBytes { raw in
      var reader = Reader(bytes: raw)
      var buffer = ByteBuffer()
      return reader.geometry(&buffer, depth: 0) && reader.offset == raw.count ? buffer.string : nil
    }
  }

  /// Whether the bytes are a geometry as DuckDB keeps them.
  static func isLittleEndian(_ bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBytes { raw in
      var reader = Reader(bytes: raw)
      var buffer = ByteBuffer()
      return reader.geometry(&buffer, depth: 0) && reader.offset == raw.count && !reader.hasBigEndian
    }
  }

  private struct Reader {
    let bytes: UnsafeRawBufferPointer
    var offset = 0
    private(set) var hasBigEndian = false
    private var isLittleEndian = true

    init(bytes: UnsafeRawBufferPointer) {
      self.bytes = bytes
    }

    /// False when the bytes are no geometry.
    mutating func geometry(_ buffer: inout ByteBuffer, depth: Int, isPart: Bool = false) -> Bool {
      guard depth < 32, let order: UInt8 = load() else { return false }
      isLittleEndian = order == 1
      hasBigEndian = hasBigEndian || !isLittleEndian
      guard let code = integer() else { return false }
      let kind = code % 1000
      let dimensions = code / 1000
      guard dimensions < 4 else { return false }
      if !isPart {
        let names: [StaticString] = [
          "POINT", "LINESTRING", "POLYGON", "MULTIPOINT", "MULTILINESTRING", "MULTIPOLYGON",
          "GEOMETRYCOLLECTION",
        ]
        guard (1...7).contains(kind) else { return false }
        buffer.append(names[Int(kind) - 1])
        let suffixes: [StaticString] = [" ", " Z ", " M ", " ZM "]
        buffer.append(suffixes[Int(dimensions)])
      }
      let width = dimensions == 0 ? 2 : dimensions == 3 ? 4 : 3
      switch kind {
      case 1: return point(width, isPart: isPart, &buffer)
      case 2: return sequence(&buffer) { $0.coordinates(width, &$1) }
      case 3: return sequence(&buffer) { $0.sequence(&$1) { $0.coordinates(width, &$1) } }
      default:
        return sequence(&buffer) { $0.geometry(&$1, depth: depth + 1, isPart: kind != 7) }
      }
    }

    private mutating func point(_ width: Int, isPart: Bool, _ buffer: inout ByteBuffer) -> Bool {
      let start = offset
      var isEmpty = true
      for _ in 0..<width {
        guard let value = double() else { return false }
        if !value.isNaN { isEmpty = false }
      }
      if isEmpty {
        buffer.append("EMPTY")
        return true
      }
      offset = start
      if !isPart { buffer.append(UInt8(ascii: "(")) }
      guard coordinates(width, &buffer) else { return false }
      if !isPart { buffer.append(UInt8(ascii: ")")) }
      return true
    }

    private mutating func coordinates(_ width: Int, _ buffer: inout ByteBuffer) -> Bool {
      for index in 0..<width {
        guard let value = double() else { return false }
        if index > 0 { buffer.append(UInt8(ascii: " ")) }
        let start = buffer.count
        FloatText.write(value, to: &buffer)
        if buffer.bytes[start...].suffix(2).elementsEqual(".0".utf8) { buffer.truncate(to: buffer.count - 2) }
      }
      return true
    }

    private mutating func sequence(
      _ buffer: inout ByteBuffer, _ element: (inout Reader, inout ByteBuffer) -> Bool
    ) -> Bool {
      guard let count = integer() else { return false }
      guard count > 0 else {
        buffer.append("EMPTY")
        return true
      }
      buffer.append(UInt8(ascii: "("))
      for index in 0..<count {
        if index > 0 { buffer.append(", ") }
        guard element(&self, &buffer) else { return false }
      }
      buffer.append(UInt8(ascii: ")"))
      return true
    }

    private mutating func integer() -> UInt32? {
      load().map { (value: UInt32) in isLittleEndian ? value : value.byteSwapped }
    }

    private mutating func double() -> Double? {
      load().map { (value: UInt64) in Double(bitPattern: isLittleEndian ? value : value.byteSwapped) }
    }

    private mutating func load<T: BitwiseCopyable>() -> T? {
      guard offset + MemoryLayout<T>.size <= bytes.count else { return nil }
      defer { offset += MemoryLayout<T>.size }
      return bytes.loadUnaligned(fromByteOffset: offset, as: T.self)
    }
  }
}
