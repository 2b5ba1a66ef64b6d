import Synchronization

/// One resource while it is read, by as many tasks as there are parents at the same time.
final class ResourceRun: Sendable {
  struct Counts {
    var rows = 0
    var bytes = 0
    var requests = 0
    var ignoredAnswers = 0
    var skippedParents = 0
    var lastValue: JSONValue?
  }

  let resource: RESTResource
  let range: IncrementalRange?
  let identity: APIClient.Identity
  let files: RowFiles
  private let counts: Mutex<Counts>

  init(_ resource: RESTResource, range: IncrementalRange?, identity: APIClient.Identity, files: RowFiles) {
    self.resource = resource
    self.range = range
    self.identity = identity
    self.files = files
    counts = Mutex(Counts(lastValue: range?.lastValue))
  }

  var current: Counts { counts.withLock { $0 } }

  func change(_ body: (inout Counts) -> Void) { counts.withLock { body(&$0) } }

  /// Takes over a last value that a page had, unless another page had a later one.
  func take(_ value: JSONValue?) {
    guard let value, let range else { return }
    counts.withLock { counts in
      if let last = counts.lastValue, IncrementalRange.isLater(value, last, range.settings) != true { return }
      counts.lastValue = value
    }
  }

  var progress: RESTProgress {
    let counts = current
    return RESTProgress(
      resource: resource.name, rows: counts.rows, bytes: counts.bytes, requests: counts.requests)
  }

  func extract() async -> RESTExtract {
    let counts = current
    return RESTExtract(
      resource: resource.name, files: await files.paths, rows: counts.rows, bytes: await files.bytes,
      requests: counts.requests, ignoredAnswers: counts.ignoredAnswers, skippedParents: counts.skippedParents,
      lastValue: range?.settings.endValue == nil ? counts.lastValue : nil)
  }
}
