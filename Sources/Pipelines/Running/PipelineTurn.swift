import Foundation
import Lake

/// The turn to run a pipeline. Runs of one pipeline follow one another, so that the second finds what the first has
/// done and does not do it again.
public struct PipelineTurn: Sendable {
  /// Runs `body` when no other process runs this pipeline.
  ///
  /// - Parameters:
  ///   - folder: the pipeline's folder.
  ///   - workspaceFolder: the workspace's folder.
  ///   - privateFolder: where Tarn keeps what it remembers of the workspace.
  ///   - patience: how long to wait for another run.
  ///   - waiting: called once when there is somebody to wait for, with who it is.
  ///   - body: what to do when it is this process's turn.
  /// - Throws: `LakeError` when the other run takes too long, or the lock cannot be made; `CancellationError`; what
  ///   `body` throws.
  public static func run<Result>(
    folder: String, workspaceFolder: String, privateFolder: String, patience: Duration = .seconds(60),
    waiting: (String) -> Void, _ body: () async throws -> Result
  ) async throws -> Result {
    let folder = URL(fileURLWithPath: folder).standardizedFileURL.path
    let path = PipelineRecords.path(folder, workspaceFolder, privateFolder, extension: "lock")
    let descriptor = try await acquire(path, patience, waiting)
    // The kernel lets the lock go with the last descriptor, also when the process is killed.
    defer { close(descriptor) }
    return try await body()
  }

  private static func acquire(
    _ path: String, _ patience: Duration, _ waiting: (String) -> Void
  ) async throws -> Int32 {
    let descriptor = try opened(path)
    let deadline = ContinuousClock.now + patience
    var hasTold = false
    do {
      while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        let holder = (try? String(contentsOfFile: path, encoding: .utf8)).flatMap {
          Int($0.prefix { $0.isNumber })
        }
        let who = holder.map { "process \($0)" } ?? "another process"
        if !hasTold { waiting(who) }
        hasTold = true
        guard ContinuousClock.now < deadline else {
          throw LakeError(
            .busy, "this pipeline is run by \(who); waited \(patience.components.seconds) s",
            hint: "Wait until it is done, or stop it.")
        }
        try await Task.sleep(for: .milliseconds(50))
      }
    } catch {
      close(descriptor)
      throw error
    }
    let line = "\(getpid())\n"
    ftruncate(descriptor, 0)
    _ = line.withCString { pwrite(descriptor, $0, strlen($0), 0) }
    return descriptor
  }

  private static func opened(_ path: String) throws -> Int32 {
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw LakeError(
        .storage, "cannot write \(path): \(String(cString: strerror(errno)))",
        hint: "Make the folder writable for this user.")
    }
    return descriptor
  }
}
