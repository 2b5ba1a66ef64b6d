internal import Accounts
internal import HTTPServer
internal import JSON
internal import Synchronization

/// What one request has to say to the audit log, put together while it is answered.
final class AuditNote: Sendable {
  private struct State {
    var operation: String?
    var kind: AuditEntry.Kind?
    var subject: String?
    var details = JSONObject()
  }

  private let state = Mutex(State())

  /// What it is done to, unless something was said before.
  func subject(_ text: String?) {
    state.withLock { if $0.subject == nil { $0.subject = text } }
  }

  func say(_ operation: String, _ kind: AuditEntry.Kind, _ subject: String?, _ details: JSONObject) {
    state.withLock { state in
      state.operation = operation
      state.kind = kind
      state.subject = subject
      for member in details.members { state.details[member.key] = member.value }
    }
  }

  /// Whether there is something to tell of a request that changes nothing.
  var isSaid: Bool { state.withLock { $0.operation != nil } }

  func detail(_ name: String, _ value: JSONValue) { state.withLock { $0.details[name] = value } }

  func entry(
    of identity: Identity, operation: String, kind: AuditEntry.Kind, subject: String?
  ) -> AuditEntry {
    let state = state.withLock { $0 }
    var details = state.details
    if let job = identity.job { details["by_job"] = .string(job) }
    return AuditEntry(
      workspace: identity.workspace, username: identity.username, operation: state.operation ?? operation,
      kind: state.kind ?? kind, resource: state.subject ?? subject, parameters: JSONValue.object(details).text
    )
  }
}

/// Brings entries into the store: those of changes before their requests are answered, those of jobs together with others, as
/// there are many.
final class AuditTrail: Sendable {
  private struct State {
    var waiting: [AuditEntry] = []
    /// Brings what waits into the store; nil when nothing waits.
    var work: Task<Void, Never>?
  }

  private let accounts: Accounts
  private let state = Mutex(State())
  /// More than these are not kept in memory while the store cannot be reached.
  private static let most = 10_000

  init(accounts: Accounts) { self.accounts = accounts }

  /// Keeps an entry: now, so that it is on disk before the request is answered, or later, together with others.
  func keep(_ entry: AuditEntry, later: Bool) async {
    if !later, (try? await accounts.note([entry])) != nil { return }
    keepLater(entry)
  }

  /// Keeps an entry soon.
  func keepLater(_ entry: AuditEntry) {
    state.withLock { state in
      guard state.waiting.count < Self.most else { return }
      state.waiting.append(entry)
      if state.work == nil { state.work = Task { await work() } }
    }
  }

  /// Waits until all is kept that was to be kept.
  func drain() async { while let work = state.withLock({ $0.work }) { await work.value } }

  private func work() async {
    while true {
      let batch = state.withLock { state in
        defer { state.waiting = [] }
        if state.waiting.isEmpty { state.work = nil }
        return state.waiting
      }
      if batch.isEmpty { return }
      // A store that cannot be reached refuses the requests themselves, too.
      try? await accounts.note(batch)
    }
  }
}

/// What a route does, as the audit log names it: `variables.create`, `jobs.run.p`.
struct AuditedAction: Sendable {
  let operation: String
  let kind: AuditEntry.Kind
  /// Whether it is done so often that its entries are kept together.
  let isFrequent: Bool

  /// Nil for what workers and running jobs say all the time.
  init?(_ method: HTTPMethod, _ pattern: String) {
    let words = pattern.split(separator: "/").filter { !$0.hasPrefix("{") && $0 != "api" && $0 != "w" }
    guard let first = words.first, first != "workers", first != "job_metrics" else { return nil }
    operation = words.joined(separator: ".")
    func says(_ parts: String...) -> Bool { parts.contains { words.last?.hasPrefix($0) == true } }
    let deletes = method == .delete || words.contains { $0 == "delete" || $0 == "archive" }
    kind =
      deletes || says("remove")
      ? .delete : says("create", "add") ? .create : says("update", "set", "edit") ? .update : .execute
    isFrequent = first == "jobs" || first == "jobs_u" || method == .get
  }

  func entry(of api: APIRequest) -> AuditEntry {
    api.audit.entry(of: api.identity, operation: operation, kind: kind, subject: Self.subject(of: api))
  }

  func denial(of api: APIRequest) -> AuditEntry { Self.denial(of: api, as: operation) }

  static func denial(of api: APIRequest, as operation: String) -> AuditEntry {
    let entry = api.audit.entry(
      of: api.identity, operation: operation, kind: .denied, subject: subject(of: api))
    return AuditEntry(
      workspace: entry.workspace, username: entry.username, operation: operation, kind: .denied,
      resource: entry.resource, parameters: entry.parameters)
  }

  private static func subject(of api: APIRequest) -> String? {
    let parameters = api.request.parameters
    return ["path", "name", "username", "prefix", "hash", "id"].lazy.compactMap { parameters[$0] }.first
  }
}
