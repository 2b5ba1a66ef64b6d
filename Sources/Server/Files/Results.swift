internal import FileStores
internal import Foundation
internal import HTTPServer
internal import Jobs

/// Results of jobs that are kept as files: those that are no JSON, and those that are too large for the store. And rows that came with a
/// request, until their job has ended.
struct Results: Sendable {
  let store: FolderStore

  private func key(_ id: JobID, _ format: OutputFormat) throws -> FileKey {
    try FileKey("\(id).\(format.rawValue)")
  }

  /// Keeps a result; its bytes pass piece by piece.
  func keep(_ body: HTTPRequestBody, of id: JobID, as format: OutputFormat) async throws {
    var pieces = body.limited(to: .max).makeAsyncIterator()
    try await store.write(try key(id, format), type: nil) { try await pieces.next() }
  }

  /// A response with the result of a job that has succeeded.
  func response(for job: Job) async throws -> HTTPResponse {
    guard let format = job.output else { return .json(text: job.result ?? "null") }
    do {
      var response = try await store.response(with: try key(job.id, format))
      response.headers["Content-Type"] = format.mediaType
      return response
    } catch let error as FileStoreError where error.code == .notFound {
      throw APIError(.gone, "the result of job \(job.id) is not kept any more")
    }
  }

  /// A result that is JSON, as text; nil for others.
  func text(of job: Job) async throws -> String? {
    guard let format = job.output else { return job.result }
    guard format == .json else { return nil }
    let key = try key(job.id, format)
    let entry = try await store.entry(key)
    return String(decoding: try await store.read(key, 0..<entry.size), as: UTF8.self)
  }

  /// The same response, after which the result is not kept any more.
  func removing(_ job: Job, after response: HTTPResponse) -> HTTPResponse {
    guard case .stream(let length, let write) = response.body, let format = job.output else {
      return response
    }
    var response = response
    response.body = .stream(length: length) { writer in
      defer { Task { try? await store.remove(try key(job.id, format)) } }
      try await write(writer)
    }
    return response
  }

  // MARK: Rows that came with a request

  private func rowsKey(_ id: JobID) throws -> FileKey { try FileKey("\(id).\(Self.rowsEnding)") }
  private static let rowsEnding = "rows"
  /// How old rows are whose job has not been stored and will not be.
  private static let longestBeforeJob = 3600.0

  /// Keeps rows for a job that is about to be stored; they pass piece by piece. When they do not come to their end, nothing is kept.
  ///
  /// - Parameter next: gives the next bytes; nil at the end.
  func keepRows(of id: JobID, _ next: () async throws -> [UInt8]?) async throws {
    try await store.write(try rowsKey(id), type: nil, next)
  }

  /// A response with the rows of a job.
  func rows(of id: JobID) async throws -> HTTPResponse {
    do { return try await store.response(with: try rowsKey(id)) } catch let error as FileStoreError
      where error.code == .notFound
    {
      throw APIError(.gone, "the rows of job \(id) are not kept any more")
    }
  }

  func removeRows(of id: JobID) async throws { try await store.remove(try rowsKey(id)) }

  /// Removes results whose jobs are not there any more, rows of jobs that have ended, and what a server that was killed has not written
  /// to its end.
  func sweep(_ queue: JobQueue) async throws {
    try await store.removeDrafts(olderThan: 86_400)
    var last: String?
    while true {
      let entries = try await store.list(prefix: "", after: last, limit: 500)
      guard let end = entries.last else { return }
      last = end.key
      for entry in entries {
        guard let name = entry.key.split(separator: ".").first, let id = JobID(name) else { continue }
        let isRows = entry.key.hasSuffix("." + Self.rowsEnding)
        do {
          if try await queue.job(id).state.isFinal, isRows { try await store.remove(try FileKey(entry.key)) }
        } catch let error as JobError where error.code == .notFound {
          // Rows come before their job.
          let age = Date.now.timeIntervalSince1970 - entry.modifiedAt
          if !isRows || age > Self.longestBeforeJob { try await store.remove(try FileKey(entry.key)) }
        }
      }
    }
  }
}
