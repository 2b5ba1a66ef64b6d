import Foundation
import Synchronization

/// A small file system in memory, to be filled up. Needs root.
public final class SmallDisk: Sendable {
  /// Why there can be none here; nil when there can.
  public static let hindrance: String? = {
    guard getuid() == 0 else { return "mounting a small file system needs root" }
    guard let folder = try? TemporaryFolder("mount"), mount(folder.path, 1) else {
      return "this machine lets nobody mount a file system"
    }
    umount2(folder.path, Int32(MNT_DETACH))
    return nil
  }()

  /// Where it is.
  public let path: String

  /// - Parameters:
  ///   - path: a folder, made when it is missing; what it holds is hidden.
  ///   - megabytes: its size.
  public init(at path: String, megabytes: Int) throws {
    self.path = path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard Self.mount(path, megabytes) else { throw TestFailure("cannot mount a file system at \(path)") }
  }

  /// Leaves no room but so many bytes.
  public func fill(leaving bytes: Int = 0) throws {
    let fd = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard fd >= 0 else { throw TestFailure("cannot fill \(path)") }
    defer { close(fd) }
    for size in [1 << 20, 4096] {
      let block = [UInt8](repeating: 1, count: size)
      while write(fd, block, size) == size {}
    }
    let length = lseek(fd, 0, SEEK_END)
    guard ftruncate(fd, max(0, length - off_t(bytes))) == 0 else { throw TestFailure("cannot fill \(path)") }
  }

  /// Makes room again.
  public func free() { unlink(filler) }

  /// Takes the file system away with all that it holds.
  public func unmount() { umount2(path, Int32(MNT_DETACH)) }

  deinit { unmount() }

  private var filler: String { path + "/filler" }

  private static func mount(_ path: String, _ megabytes: Int) -> Bool {
    Glibc.mount("tmpfs", path, "tmpfs", 0, "size=\(megabytes)m") == 0
  }
}
