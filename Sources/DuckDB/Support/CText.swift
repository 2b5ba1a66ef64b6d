internal import CDuckDB

enum CText {
  /// Copies a C string that DuckDB allocated, and frees it.
  static func take(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer else { return nil }
    defer { duckdb_free(UnsafeMutableRawPointer(mutating: pointer)) }
    return String(cString: pointer)
  }

  static func take(_ pointer: UnsafeMutablePointer<CChar>?) -> String? {
    take(pointer.map { UnsafePointer($0) })
  }

  /// Calls `body` with an array of C strings.
  static func withPointers<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafePointer<CChar>?>) -> Result
  ) -> Result {
    var bytes: [CChar] = []
    var starts: [Int] = []
    for string in strings {
      starts.append(bytes.count)
      bytes.append(contentsOf: string.utf8CString)
    }
    return bytes.withUnsafeBufferPointer { buffer in
      withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: strings.count + 1) { pointers in
        for (index, start) in starts.enumerated() { pointers[index] = buffer.baseAddress.map { $0 + start } }
        pointers[strings.count] = nil
        return body(pointers.baseAddress.unsafelyUnwrapped)
      }
    }
  }
}
