import Foundation
import HTTPClient
import Synchronization

/// Reads the pages of resources: rows into files, and for each row the resources that depend on it. Holds one page of
/// each resource on the way from a root to a leaf, times the tasks that may run at the same time.
struct PageReader: Sendable {
  /// Rows are handed to the files in pieces of about this size.
  private static let pieceSize = 256 * 1024

  let client: APIClient
  let settings: RESTClientSettings
  let clientHeaders: [(name: String, value: String)]
  let runs: [String: ResourceRun]
  /// Resources by their parents.
  let children: [String: [String]]
  /// Tasks beside the one that reads on. When none is free a child is read in place, so that neither tasks nor pages
  /// pile up, however deep the resources depend on each other.
  let slots: Permits
  let report: (@Sendable (RESTProgress) -> Void)?
  let failure = Failure()

  /// The first error of a run that is more than a cancellation.
  final class Failure: Sendable {
    private let error = Mutex<RESTSourceError?>(nil)

    var first: RESTSourceError? { error.withLock { $0 } }

    func note(_ new: RESTSourceError) { error.withLock { $0 = $0 ?? new } }
  }

  /// Reads resources that have no parent.
  func readRoots(_ names: [String]) async throws {
    try await withThrowingDiscardingTaskGroup { group in
      for name in names.dropLast() { try await read(name, ParentRow(), in: &group) }
      // In place: a task of its own would only take a slot from the children.
      if let last = names.last.flatMap({ runs[$0] }) { try await readPages(last, ParentRow()) }
    }
  }

  private func read(
    _ name: String, _ parent: ParentRow, in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    guard let run = runs[name] else { return }
    if run.resource.isParallel, slots.tryTake() {
      group.addTask {
        defer { slots.giveBack() }
        try await readPages(run, parent)
      }
    } else {
      try await readPages(run, parent)
    }
  }

  private func readPages(_ run: ResourceRun, _ parent: ParentRow) async throws {
    do {
      try await withThrowingDiscardingTaskGroup { group in
        try await readPages(run, parent, in: &group)
      }
    } catch let error as RESTSourceError {
      let named = error.of(resource: run.resource.name)
      failure.note(named)
      throw named
    }
  }

  private func readPages(
    _ run: ResourceRun, _ parent: ParentRow, in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let endpoint = run.resource.endpoint
    var request = try firstRequest(run, parent)
    var pagination = Pagination(endpoint.paginator ?? settings.paginator)
    var selector = endpoint.dataSelector
    while true {
      try Task.checkCancellation()
      pagination.prepare(&request)
      let message = try request.message(client: clientHeaders)
      let answer = try await client.send(message, as: run.identity) { run.change { $0.requests += 1 } }
      guard let answer else {
        run.change { $0.ignoredAnswers += 1 }
        return
      }
      // 204 and its like: an API's way to say that there is nothing.
      if answer.body.allSatisfy({ $0 <= 0x20 }) { return }
      let root = try document(answer, message.url)
      let rows = selector ?? RowSelection.detectedSelector(in: root)
      selector = rows
      let page = try await take(RowSelection.rows(rows, in: root), run, parent, in: &group)
      report?(run.progress)
      let facts = PageFacts(
        url: message.url.absoluteString, root: root, header: answer.header, rowCount: page.count,
        rowDigest: page.digest)
      do throws(RESTSourceError) {
        guard try pagination.advance(facts), !page.isAtEnd else { return }
      } catch {
        var error = error
        error.url = client.redactor.shown(url: message.url)
        throw error
      }
    }
  }

  // MARK: Requests

  private func firstRequest(_ run: ResourceRun, _ parent: ParentRow) throws(RESTSourceError) -> PageRequest {
    let endpoint = run.resource.endpoint
    let values = PlaceholderValues(values: parent.placeholders, range: run.range)
    var isWholeURL = false
    if case .placeholder = endpoint.path.parts.first { isWholeURL = true }
    var isFirst = isWholeURL
    // A value that the path begins with may be a path or a URL; any other is a part of a path.
    let path = try values.text(endpoint.path) { value in
      defer { isFirst = false }
      return isFirst ? value : URLText.pathPart(value)
    }
    guard let path else { throw RESTSourceError(.declaration, "its path '\(endpoint.path)' is empty") }
    var request = PageRequest(
      url: URLText.joined(settings.baseURL, path), method: endpoint.method, headers: [], parameters: [])
    for header in endpoint.headers {
      guard case .text(let text) = header.value, let value = try values.text(text) else { continue }
      guard !value.contains(where: \.isNewline) else {
        throw RESTSourceError(.answer, "a value for header \(header.name) has more than one line")
      }
      request.headers.append((header.name, value))
    }
    for parameter in endpoint.parameters {
      let value = try values.filled(parameter.value)
      request.parameters += PageRequest.fields(.init(key: try values.text(parameter.key) ?? "", value: value))
    }
    for parameter in run.range?.parameters ?? [] {
      request.set(parameter.value, at: .parameter(parameter.key))
    }
    if let json = endpoint.json { request.json = try values.filled(json) }
    if let data = endpoint.data { request.data = try values.filled(data) }
    return request
  }

  private func document(_ answer: ClientAnswer, _ url: URL) throws(RESTSourceError) -> JSONNode {
    do { return try JSONNode(document: answer.body) } catch {
      let type = answer.header("Content-Type").map { ", it calls itself \($0.prefix(60))" } ?? ""
      throw RESTSourceError(
        .answer, "the answer is no JSON (byte \(error.offset + 1): \(error.message)\(type))",
        hint: "Check base_url and path", url: client.redactor.shown(url: url), status: answer.status,
        excerpt: client.redactor.excerpt(answer.body))
    }
  }

  // MARK: Rows

  private func take(
    _ rows: any Sequence<JSONNode>, _ run: ResourceRun, _ parent: ParentRow,
    in group: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws -> (count: Int, digest: Int, isAtEnd: Bool) {
    var tracker = run.range.map { CursorTracker($0, lastValue: run.current.lastValue) }
    var hasher = Hasher()
    var count = 0
    var piece = Piece()
    for row in rows {
      count += 1
      row.raw.withUnsafeBytes { hasher.combine(bytes: $0) }
      if try tracker?.observe(row) == false { continue }
      if run.resource.isSelected {
        RowText.append(row, adding: parent.fields, to: &piece.bytes)
        piece.rows += 1
        if piece.bytes.count >= Self.pieceSize { try await write(&piece, run) }
      }
      for name in children[run.resource.name] ?? [] {
        guard let child = runs[name] else { continue }
        if let values = try ParentRow(row, of: run.resource.name, for: child.resource) {
          try await read(name, values, in: &group)
        } else {
          child.change { $0.skippedParents += 1 }
        }
      }
    }
    try await write(&piece, run)
    run.take(tracker?.lastValue)
    return (count, hasher.finalize(), tracker?.isAtEnd ?? false)
  }

  private struct Piece {
    var bytes: [UInt8] = []
    var rows = 0
  }

  private func write(_ piece: inout Piece, _ run: ResourceRun) async throws {
    guard piece.rows > 0 else { return }
    try await run.files.write(piece.bytes)
    let (bytes, rows) = (piece.bytes.count, piece.rows)
    run.change {
      $0.bytes += bytes
      $0.rows += rows
    }
    piece.bytes.removeAll(keepingCapacity: true)
    piece.rows = 0
  }
}
