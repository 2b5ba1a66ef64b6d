internal import Foundation
internal import JSON
internal import Jobs
internal import Loader

/// Rows that came with a request, in the job's arguments: `{"rows": BASE64, "key": TEXT}`, or `"rows": true` for those that the server has in a
/// file.
struct LoadRows: Sendable {
  private enum Source {
    case none
    case given(Data)
    case server
  }

  private let source: Source
  /// What the delivery is known by; nil when the request names nothing.
  let key: String?

  /// - Parameter arguments: a JSON object.
  /// - Throws: `LoadError` with code `declaration`.
  init(_ arguments: String) throws {
    let object = (try? JSONValue(parsing: arguments))?.object
    key = object?["key"]?.string
    switch object?["rows"] {
    case nil: source = .none
    case .bool(true)?: source = .server
    case .string(let text)?:
      guard let decoded = Data(base64Encoded: text) else { throw Self.unreadable }
      source = .given(decoded)
    default: throw Self.unreadable
    }
  }

  private static let unreadable = LoadError(.declaration, "the argument 'rows' must be text in base64")

  /// Whether rows came with the request.
  var hasRows: Bool { if case .none = source { false } else { true } }

  /// Where the rows are to lie, where the engine may read and scripts may not; nil when no rows came.
  func file(for job: JobID, format: String?, in folder: String) throws -> String? {
    if case .none = source { return nil }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return "\(folder)/rows-\(job).\(format ?? "jsonl")"
  }

  /// Puts the rows into a file.
  ///
  /// - Parameter fetch: writes those that the server has.
  func write(to file: String, _ fetch: (String) async throws -> Void) async throws {
    switch source {
    case .none: break
    case .given(let bytes): try bytes.write(to: URL(fileURLWithPath: file))
    case .server: try await fetch(file)
    }
  }
}
