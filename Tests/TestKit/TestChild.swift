import Foundation
import Processes

/// This test binary, started again to do one thing in a process of its own. Unlike Swift Testing's exit tests it blocks
/// no thread that the other tests need.
public enum TestChild {
  /// What the child shall do; nil in the test process itself.
  public static let task: String? = ProcessInfo.processInfo.environment["TARN_TEST_CHILD"]
  /// What it shall do it with.
  public static let argument = ProcessInfo.processInfo.environment["TARN_TEST_ARGUMENT"] ?? ""

  /// Runs the child and waits for its end.
  ///
  /// - Parameters:
  ///   - task: given to the child as ``task``.
  ///   - argument: given to the child as ``argument``.
  ///   - test: the test that the child runs, as `swift test --filter` names it.
  ///   - asNobody: runs it as a user without rights.
  ///   - smallDiskAt: a folder that is a file system of eight megabytes for the child.
  /// - Returns: its exit status, or the number of the signal that ended it.
  public static func run(
    _ task: String, _ argument: String, test: String, asNobody: Bool = false, smallDiskAt: String? = nil
  ) async throws -> Int32 {
    let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
    var command = [binary, "--testing-library", "swift-testing", "--filter", test]
    if asNobody {
      command = ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + command
    }
    if let smallDiskAt {
      let script = "mount -t tmpfs -o size=8m tmpfs \"$0\" && exec \"$@\""
      command = ["/usr/bin/unshare", "-m", "/bin/sh", "-c", script, smallDiskAt] + command
    }
    var child = ChildProcess.Command(
      command[0], Array(command.dropFirst()),
      environment: ProcessInfo.processInfo.environment.merging(
        ["TARN_TEST_CHILD": task, "TARN_TEST_ARGUMENT": argument]) { $1 })
    child.output = .null
    return try await ChildProcess(child).end().code
  }
}
