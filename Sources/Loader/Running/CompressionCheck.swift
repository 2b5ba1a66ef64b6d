internal import CZlib
import Dispatch
import Foundation

/// Looks whether compressed files are whole: DuckDB reads a file that was cut off as far as it goes, and says nothing.
enum CompressionCheck {
  /// - Parameter files: names of files; those that are not local, or not named as compressed, are passed over.
  /// - Throws: ``LoadError`` with code `source` that names the first that is not whole.
  static func check(_ files: [String]) async throws {
    let compressed = files.filter { file in
      [".gz", ".zst"].contains { file.lowercased().hasSuffix($0) } && !file.contains("://")
    }
    guard !compressed.isEmpty else { return }
    // Reading waits for the disk, and unpacking keeps a thread busy.
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      DispatchQueue.global().async {
        continuation.resume(
          with: Result {
            for file in compressed
            where !(file.lowercased().hasSuffix(".gz") ? isWhole(file) : ZstdFrames.areWhole(file)) {
              throw LoadError(
                .source, "'\(file)' is cut off or damaged: its compressed data does not come to its end",
                hint: "Fetch or write the file again.")
            }
          })
      }
    }
  }

  private static let chunk = 1 << 18

  /// Whether a file is one or more gzip members with nothing behind them. Files that cannot be opened are left to those
  /// who read them.
  static func isWhole(_ path: String) -> Bool {
    guard let handle = FileHandle(forReadingAtPath: path) else { return true }
    defer { try? handle.close() }
    var stream = z_stream()
    // 16 more than the largest window: the stream has a gzip header.
    guard inflateInit2_(&stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return true
    }
    defer { inflateEnd(&stream) }
    var output = [UInt8](repeating: 0, count: chunk)
    var state = Z_STREAM_END
    while let data = try? handle.read(upToCount: chunk), !data.isEmpty {
      var input = [UInt8](data)
      var start = 0
      while start < input.count {
        // Members may follow one another, and zeros the last.
        if state == Z_STREAM_END {
          if input[start] == 0 {
            start += 1
            continue
          }
          guard inflateReset(&stream) == Z_OK else { return false }
          state = Z_OK
        }
        let count = input.count - start
        let left = input.withUnsafeMutableBufferPointer { bytes -> Int? in
          stream.next_in = bytes.baseAddress.map { $0 + start }
          stream.avail_in = UInt32(count)
          return inflateAll(&stream, &output, &state) ? Int(stream.avail_in) : nil
        }
        guard let left else { return false }
        start = input.count - left
      }
    }
    return state == Z_STREAM_END
  }

  /// Unpacks until the input is used up or a member ends.
  private static func inflateAll(_ stream: inout z_stream, _ output: inout [UInt8], _ state: inout Int32)
    -> Bool
  {
    output.withUnsafeMutableBufferPointer { room in
      repeat {
        stream.next_out = room.baseAddress
        stream.avail_out = UInt32(room.count)
        state = inflate(&stream, Z_NO_FLUSH)
        guard state == Z_OK || state == Z_STREAM_END || state == Z_BUF_ERROR else { return false }
      } while state != Z_STREAM_END && stream.avail_out == 0
      if state == Z_BUF_ERROR { state = Z_OK }
      return true
    }
  }
}
