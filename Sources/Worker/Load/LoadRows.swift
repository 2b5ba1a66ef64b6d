internal import Foundation
internal import JSON
internal import Jobs
internal import Loader

/// Rows that came with a request, in the job's arguments: `{"rows": BASE64, "key": TEXT}`.
struct LoadRows: Sendable {
  private let bytes: Data?
  /// What the delivery is known by; nil when the request names nothing.
  let key: String?

  /// - Parameter arguments: a JSON object.
  /// - Throws: `LoadError` with code `declaration`.
  init(_ arguments: String) throws {
    let object = (try? JSONValue(parsing: arguments))?.object
    key = object?["key"]?.string
    guard let rows = object?["rows"] else {
      bytes = nil
      return
    }
    guard let text = rows.string, let decoded = Data(base64Encoded: text) else {
      throw LoadError(.declaration, "the argument 'rows' must be text in base64")
    }
    bytes = decoded
  }

  /// Puts the rows into a file that the engine may read and scripts may not.
  ///
  /// - Returns: the file, to be removed after the load; nil when no rows came.
  func write(for job: JobID, format: String?, in folder: String) throws -> String? {
    guard let bytes else { return nil }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let file = "\(folder)/rows-\(job).\(format ?? "jsonl")"
    try bytes.write(to: URL(fileURLWithPath: file))
    return file
  }
}
