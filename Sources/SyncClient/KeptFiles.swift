internal import Foundation
internal import Processes
internal import Sync

/// Which files git does not ignore.
enum KeptFiles {
  /// - Parameters:
  ///   - folder: where names start.
  ///   - roots: folders in it.
  /// - Returns: names below the folder; nil where the folder is in no repository.
  /// - Throws: `SyncError` where it is in one, and git does not answer.
  static func names(in folder: String, roots: [String]) async throws(SyncError) -> Set<[UInt8]>? {
    guard isInRepository(folder) else { return nil }
    // A repository's own settings start no programs here, and a hook's variables name no other repository.
    var command = ChildProcess.Command(
      "/usr/bin/env",
      ["git", "-c", "core.fsmonitor=false", "-C", folder]
        + ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--"] + roots,
      environment: ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GIT_") })
    let output = Pipe()
    command.output = .pipe(output)
    command.errors = .null
    let process: ChildProcess
    do { process = try ChildProcess(command) } catch { throw SyncError("\(error)") }
    let handle = output.fileHandleForReading
    let bytes = await withCheckedContinuation { (done: CheckedContinuation<[UInt8], Never>) in
      Thread.detachNewThread { done.resume(returning: [UInt8]((try? handle.readToEnd()) ?? Data())) }
    }
    guard await process.end() == .exit(0) else {
      throw SyncError(
        "\(folder) is in a git repository, and git does not say what it ignores there. Try: git -C \(folder) status"
      )
    }
    return Set(bytes.split(separator: 0).map { Array($0) })
  }

  private static func isInRepository(_ folder: String) -> Bool {
    var place = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
    while true {
      if PlainFiles.kind(place + "/.git") != nil { return true }
      let above = (place as NSString).deletingLastPathComponent
      guard above != place, !above.isEmpty else { return false }
      place = above
    }
  }
}
