import Foundation

/// Copies files without their bytes coming into the process, as much at a time as the kernel takes. Foundation hands over 4 KiB at
/// a time, which for 64 MB takes as long as all else that is done with such a file.
enum FileCopy {
  private static let most = 1 << 30

  /// Blocks.
  ///
  /// - Parameters:
  ///   - path: an existing file.
  ///   - copy: where nothing is yet.
  /// - Throws: `POSIXError`; what was copied by then is left.
  static func copy(_ path: String, to copy: String) throws {
    let source = open(path, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw failure }
    defer { close(source) }
    let target = open(copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard target >= 0 else { throw failure }
    defer { close(target) }
    while true {
      let count = sendfile(target, source, nil, most)
      if count == 0 { return }
      guard count > 0 || errno == EINTR else { throw failure }
    }
  }

  private static var failure: POSIXError { POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
}
