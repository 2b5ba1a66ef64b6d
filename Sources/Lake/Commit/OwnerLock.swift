import Foundation
import LakeSettings
import Synchronization

/// The right of this process to use a catalog that one process at a time may use (SQLite, DuckDB file).
///
/// An advisory `flock` on a file beside the catalog, never on the catalog itself: closing any descriptor of
/// a SQLite file drops the process's POSIX locks on it (reference: sqlite.org/howtocorrupt.html, 2.2). The
/// kernel lets the lock go when the process dies. The file names the holder, for the one who waits.
final class OwnerLock: Sendable {
  let path: String
  private let lake: LakeName
  private let descriptor = Mutex<Int32?>(nil)

  init(catalogPath: String, lake: LakeName) {
    path = catalogPath + ".owner"
    self.lake = lake
  }

  /// Whoever waits holds a shared lock on this file.
  private var waitingPath: String { path + ".waiting" }

  /// Waits for the lock.
  ///
  /// - Parameter patience: how long to wait for another process.
  /// - Throws: ``LakeError`` that names the holder when the wait was in vain, or says why the lock file
  ///   cannot be made; `CancellationError`.
  func acquire(patience: Duration) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + patience
    var pause = Duration.milliseconds(2)
    var sign: Int32?
    defer { if let sign { close(sign) } }
    while true {
      if try tryAcquire() { return }
      guard clock.now < deadline else { throw busyError(patience) }
      if sign == nil { sign = Self.lock(waitingPath, LOCK_SH) }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(50))
    }
  }

  func release() {
    descriptor.withLock { current in
      guard let open = current else { return }
      ftruncate(open, 0)
      close(open)
      current = nil
    }
  }

  /// Whether another process waits for the lock.
  var isAwaited: Bool {
    guard FileManager.default.fileExists(atPath: waitingPath) else { return false }
    guard let alone = Self.lock(waitingPath, LOCK_EX) else { return true }
    close(alone)
    return false
  }

  private static func lock(_ path: String, _ mode: Int32) -> Int32? {
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard opened >= 0 else { return nil }
    guard flock(opened, mode | LOCK_NB) == 0 else {
      close(opened)
      return nil
    }
    return opened
  }

  private func tryAcquire() throws -> Bool {
    try descriptor.withLock { current in
      if current != nil { return true }
      let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard opened >= 0 else { throw openingError(errno) }
      guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
        close(opened)
        return false
      }
      let line = "\(getpid()) \(Self.commandLine)\n"
      ftruncate(opened, 0)
      _ = line.withCString { pwrite(opened, $0, strlen($0), 0) }
      current = opened
      return true
    }
  }

  private func openingError(_ code: Int32) -> LakeError {
    let folder = (path as NSString).deletingLastPathComponent
    return switch code {
    case EACCES, EPERM, EROFS:
      LakeError(
        .storage, "lake '\(lake)': cannot write in \(folder)", hint: "Make the folder writable for this user."
      )
    case ENOSPC, EDQUOT:
      LakeError(
        .full, "lake '\(lake)': no space left in \(folder)", hint: "Free some disk space and try again.")
    case ENOENT:
      LakeError(.storage, "lake '\(lake)': folder \(folder) does not exist")
    default:
      LakeError(.storage, "lake '\(lake)': cannot open \(path): \(String(cString: strerror(code)))")
    }
  }

  private func busyError(_ patience: Duration) -> LakeError {
    let holder = (try? String(contentsOfFile: path, encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines).split(separator: " ", maxSplits: 1)
    var who = holder.flatMap { $0.count == 2 ? "process \($0[0]) (\($0[1]))" : nil } ?? "another process"
    if holder?.first.map(String.init) == String(getpid()) { who = "another engine of this process" }
    return LakeError(
      .busy, "lake '\(lake)' is held by \(who); waited \(patience.formattedSeconds)",
      hint: "Wait until it is done, or stop it; the lock file is \(path).")
  }

  /// Program name and subcommand only: arguments may hold values that nobody else should see.
  private static let commandLine: String = {
    let arguments = CommandLine.arguments
    let program = ((arguments.first ?? "tarn") as NSString).lastPathComponent
    let words = arguments.dropFirst().prefix { !$0.hasPrefix("-") }.prefix(1)
    return ([program] + words).joined(separator: " ")
  }()

  deinit { release() }
}
