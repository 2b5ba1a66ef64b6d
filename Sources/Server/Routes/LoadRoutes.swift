internal import Accounts
internal import Foundation
internal import HTTPServer
internal import JSON
internal import Jobs
internal import SQLText

/// `/api/w/{workspace}/load`: rows that come with the request go into a table of a lake.
///
/// The rows are stored with the job, many of them in a file, so that they are safe once the request is answered, and forgotten when the
/// job has ended.
struct LoadRoutes {
  let queue: JobQueue
  let results: Results
  /// How many bytes a body may have.
  let largest: Int

  /// Rows up to here stand in the job itself.
  private static let largestInJob = 1 << 20

  /// How long a request waits for its job.
  private static let longestWait = Duration.seconds(15 * 60)
  /// How often a load is begun whose workers are lost. It is written once all the same.
  static let attempts = 3
  /// The parameters that are keys of a declared load, and whether each holds a list.
  private static let keys = [
    "into": false, "table": false, "write_disposition": false, "primary_key": true, "merge_key": true,
    "bad_rows": false, "max_table_nesting": false, "pipeline": false, "schema_contract": false,
  ]
  private static let others = ["strategy", "format", "key", "wait", "token"]

  func add(to routes: inout APIRoutes) {
    let load = self
    routes.on(.post, "load", .preview, "jobs:preview") { try await load.begin($0) }
  }

  private func begin(_ api: APIRequest) async throws -> HTTPResponse {
    let declaration = try Self.declaration(api.request)
    var arguments = JSONObject()
    if let key = api.request.query["key"] {
      // With a dollar sign begin names of values that stand for others in arguments.
      guard !key.isEmpty, key.utf8.count <= 200, !key.contains("$") else {
        throw APIError(.badRequest, "key must have 1 to 200 bytes, and no dollar sign")
      }
      arguments["key"] = .string(key)
    }
    let id = JobID()
    arguments["rows"] = try await rows(of: api.request.body, for: id)
    var job = NewJob(
      workspace: api.workspace, kind: .preview, language: "load", content: declaration.text,
      arguments: arguments.text, createdBy: api.identity.username)
    job.mostAttempts = Self.attempts
    do { _ = try await queue.submit(job, id: id) } catch {
      try? await results.removeRows(of: id)
      throw error
    }
    guard api.request.query["wait"] != "false" else { return .text(id.text, status: .created) }
    // A client that goes away does not take its rows back.
    let ended = try await queue.outcome(of: id, within: Self.longestWait)
    switch ended.state {
    case .success: return .json(text: ended.result ?? "null")
    case .cancelled: throw APIError(.conflict, JobJSON.message(of: ended))
    case .failure where JobJSON.isDenied(ended):
      throw APIError(.forbidden, JobJSON.message(of: ended))
    case .failure:
      throw APIError(
        JobJSON.name(of: ended) == "LoadError" ? .unprocessableContent : .internalServerError,
        JobJSON.message(of: ended))
    case .queued, .running:
      throw APIError(.gatewayTimeout, "job \(id) has not ended in time; ask for its result later")
    }
  }

  /// What stands in a job for the rows of a body: the rows themselves, or that they are in a file. Little of them is held at a time.
  private func rows(of body: HTTPRequestBody, for id: JobID) async throws -> JSONValue {
    var pieces = body.limited(to: largest).makeAsyncIterator()
    var head: [UInt8] = []
    while head.count <= Self.largestInJob, let piece = try await pieces.next() { head += piece }
    guard !head.isEmpty else { throw APIError(.badRequest, "the body has no rows") }
    guard head.count > Self.largestInJob else { return .string(Data(head).base64EncodedString()) }
    try await results.keepRows(of: id) {
      guard head.isEmpty else {
        defer { head = [] }
        return head
      }
      return try await pieces.next()
    }
    return .bool(true)
  }

  /// The load in the words of a file.
  private static func declaration(_ request: HTTPRequest) throws(APIError) -> JSONObject {
    var load = JSONObject(pairs: ["source": .string("-")])
    for item in request.query.items where !others.contains(item.name) {
      guard let isList = keys[item.name] else {
        let known = (Array(keys.keys) + others.dropLast()).sorted()
        let near = NearestName.suggestion(for: item.name, among: known)
        throw APIError(
          .badRequest,
          "a load has no '\(item.name.prefix(80))'. "
            + (near.map { "Did you mean '\($0)'?" } ?? "It may have: \(known.joined(separator: ", ")).")
        )
      }
      guard load[item.name] == nil else { throw APIError(.badRequest, "'\(item.name)' stands twice") }
      load[item.name] =
        isList
        ? .array(item.value.split(separator: ",").map { .string(String($0)) })
        : Int(item.value).map(JSONValue.int) ?? .string(item.value)
    }
    for name in ["into", "table"] where load[name]?.string == nil {
      throw APIError(.badRequest, "the query lacks '\(name)': POST …/load?into=main/sales&table=orders")
    }
    if let strategy = request.query["strategy"] {
      load["write_disposition"] = .object(
        JSONObject(pairs: [
          "disposition": load["write_disposition"] ?? .string("merge"), "strategy": .string(strategy),
        ]))
    }
    load["format"] = .string(try format(request))
    return load
  }

  private static func format(_ request: HTTPRequest) throws(APIError) -> String {
    if let format = request.query["format"] { return format }
    let type = (request.headers["Content-Type"] ?? "").prefix { $0 != ";" }.lowercased()
      .trimmingCharacters(in: .whitespaces)
    let formats = [
      "application/x-ndjson": "jsonl", "application/ndjson": "jsonl", "application/jsonl": "jsonl",
      "application/json": "json", "text/csv": "csv", "text/tab-separated-values": "tsv",
      "application/vnd.apache.parquet": "parquet", "application/x-parquet": "parquet",
    ]
    guard let format = formats[type] else {
      throw APIError(
        .unsupportedMediaType,
        "rows come as application/x-ndjson, application/json, text/csv, text/tab-separated-values or application/vnd.apache.parquet, not '\(type.prefix(80))'"
      )
    }
    return format
  }
}
