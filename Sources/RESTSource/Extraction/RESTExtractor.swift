import Foundation
import HTTPClient

/// Reads a declared API into files of one JSON object a line.
///
/// Rows go from the answers to the files byte for byte and page by page. Resources, and the children of different
/// parents, are read at the same time, so the order of rows in a file is that of the API only within one parent.
public struct RESTExtractor: Sendable {
  private let api: RESTAPI
  private let transport: @Sendable () -> any HTTPTransport
  private let clock: any RunClock
  /// A file of that many bytes is followed by another.
  private let maximumFileSize: Int

  /// - Parameter api: what to read.
  public init(_ api: RESTAPI) {
    self.init(
      api, clock: SystemRunClock(),
      transport: { CurlTransport(maximumConnections: api.client.maximumParallelRequests) })
  }

  init(
    _ api: RESTAPI, clock: any RunClock, maximumFileSize: Int = 1 << 30,
    transport: @escaping @Sendable () -> any HTTPTransport
  ) {
    self.api = api
    self.clock = clock
    self.maximumFileSize = maximumFileSize
    self.transport = transport
  }

  /// Reads resources into files.
  ///
  /// - Parameters:
  ///   - folder: where the files are made, absolute; it exists. When this throws, the files are gone.
  ///   - selection: the names of the resources to read; nil for all that are selected in the declaration. Parents of
  ///     these are requested too, but their rows are not written.
  ///   - lastValues: the last cursor values of an earlier run, by resource.
  ///   - progress: called after each page, from any thread.
  /// - Returns: what was read, in the order of the declaration.
  /// - Throws: ``RESTSourceError``; `CancellationError` when the task is cancelled.
  public func extract(
    into folder: String, resources selection: Set<String>? = nil, lastValues: [String: JSONValue] = [:],
    progress: (@Sendable (RESTProgress) -> Void)? = nil
  ) async throws -> [RESTExtract] {
    let redactor = Redactor()
    let wanted = try resources(selection)
    let authenticators = try authenticators(wanted.map(\.0), redactor)
    let runs = try wanted.map { resource, number in
      try run(resource, number, folder, lastValues[resource.name], authenticators, redactor)
    }
    let clientHeaders = api.client.headers.compactMap { header -> (name: String, value: String)? in
      if case .text(let text) = header.value { (header.name, text) } else { nil }
    }
    let client = APIClient(api.client, transport: transport(), clock: clock, redactor: redactor)
    defer { client.close() }
    let reader = PageReader(
      client: client, settings: api.client, clientHeaders: clientHeaders,
      runs: Dictionary(uniqueKeysWithValues: runs.map { ($0.resource.name, $0) }),
      children: Dictionary(grouping: runs.filter { $0.resource.parent != nil }) { $0.resource.parent ?? "" }
        .mapValues { $0.map(\.resource.name) },
      slots: Permits(api.client.maximumParallelRequests - 1), report: progress)
    do {
      try await withinTimeout {
        try await reader.readRoots(runs.filter { $0.resource.parent == nil }.map(\.resource.name))
      }
      for run in runs { try await run.files.close() }
    } catch {
      for run in runs { await run.files.discard() }
      // What fails first cancels the rest, and a parent that was cancelled may be heard before its child that failed.
      throw error is CancellationError ? reader.failure.first ?? error : error
    }
    var extracts: [RESTExtract] = []
    for run in runs where run.resource.isSelected { extracts.append(await run.extract()) }
    return extracts
  }

  /// The resources to request, each with its place in the declaration; those that are there for their children alone
  /// are not selected.
  private func resources(_ selection: Set<String>?) throws(RESTSourceError) -> [(RESTResource, Int)] {
    let names = Set(api.resources.map(\.name))
    if let unknown = selection?.subtracting(names).sorted().first {
      throw RESTSourceError(
        .declaration, "resource '\(unknown)' is not declared",
        hint: "Declared are \(names.sorted().joined(separator: ", "))")
    }
    let selected = api.resources.filter { selection?.contains($0.name) ?? $0.isSelected }.map(\.name)
    var needed = Set(selected)
    for name in selected {
      var next = api.resources.first { $0.name == name }?.parent
      while let parent = next, needed.insert(parent).inserted {
        next = api.resources.first { $0.name == parent }?.parent
      }
    }
    return api.resources.enumerated().filter { needed.contains($0.element.name) }.map { number, resource in
      var resource = resource
      resource.isSelected = selected.contains(resource.name)
      return (resource, number + 1)
    }
  }

  /// One for each way to authenticate: resources share a token that was handed out.
  private func authenticators(
    _ resources: [RESTResource], _ redactor: Redactor
  ) throws(RESTSourceError) -> [RESTAuthentication: Authenticator] {
    var authenticators: [RESTAuthentication: Authenticator] = [:]
    for resource in resources {
      guard let authentication = resource.endpoint.authentication ?? api.client.authentication,
        authenticators[authentication] == nil
      else { continue }
      do {
        authenticators[authentication] = try Authenticator(authentication, clock: clock, redactor: redactor)
      } catch { throw error.of(resource: resource.name) }
    }
    return authenticators
  }

  private func run(
    _ resource: RESTResource, _ number: Int, _ folder: String, _ lastValue: JSONValue?,
    _ authenticators: [RESTAuthentication: Authenticator], _ redactor: Redactor
  ) throws(RESTSourceError) -> ResourceRun {
    var identity = APIClient.Identity(actions: resource.endpoint.responseActions)
    identity.authenticator = (resource.endpoint.authentication ?? api.client.authentication).flatMap {
      authenticators[$0]
    }
    do {
      for header in api.client.headers + resource.endpoint.headers {
        guard case .secret(let secret) = header.value else { continue }
        let value = try secret.resolved()
        redactor.hide(value)
        identity.secretHeaders.append((header.name, value))
      }
    } catch { throw error.of(resource: resource.name) }
    // A server that the declaration itself names may know the secrets; one that a row names may not.
    if case .text(let text) = resource.endpoint.path.parts.first,
      text.drop(while: { $0 != ":" }).dropFirst(3).contains("/")
    {
      identity.declared = Origin(url: text)
    }
    return ResourceRun(
      resource, range: resource.endpoint.incremental.map { IncrementalRange($0, stored: lastValue) },
      identity: identity,
      files: RowFiles(folder: folder, number: number, resource: resource.name, maximumSize: maximumFileSize))
  }

  /// Runs work within the declaration's time limit.
  private func withinTimeout(_ work: @escaping @Sendable () async throws -> Void) async throws {
    guard let timeout = api.client.timeout else { return try await work() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await work() }
      group.addTask { [clock] in
        try await clock.sleep(for: timeout)
        throw RESTSourceError(
          .limit, "reading the API took longer than client.timeout (\(timeout.components.seconds) s)",
          hint: "Set a longer one, or read less")
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}
