public import Loader

/// A script whose function yields rows, and what runs it.
public struct ScriptProgram: Sendable {
  /// A program in Python, which reads a call (`python driver.py CALL.json`), runs the script's function and writes rows and
  /// `result.json`, or `error.json`, into the call's folder.
  public let driver: String
  /// The script's text.
  public let script: String
  /// What the program is told, save `script`, the path of the script's file, and `folder`, where it writes.
  public let call: JSONObject
}

/// Runs scripts that yield rows somewhere else than beside this process.
public protocol ScriptIsolation: Sendable {
  /// Runs a script to its end.
  ///
  /// - Parameter folder: gets what the program has written: files alone, with nothing in it that leads elsewhere.
  /// - Throws: `CancellationError`, or an error that tells in one line why it did not run. What goes wrong in the script is told in
  ///   `error.json`.
  func run(_ program: ScriptProgram, into folder: String) async throws
}
