internal import Foundation
internal import HTTPServer
internal import Jobs
internal import Synchronization

/// What a server counts, in the text format of Prometheus (version 0.0.4 of its exposition format).
final class Metrics: Sendable {
  private struct RequestKey: Hashable {
    let method: String
    let route: String
    let status: Int
  }

  private struct Histogram {
    var counts = [Int](repeating: 0, count: Metrics.bounds.count + 1)
    var sum = 0.0
  }

  private struct State {
    var requests: [RequestKey: Int] = [:]
    var durations: [String: Histogram] = [:]
    var ends: [String: Int] = [:]
  }

  private let state = Mutex(State())
  private let begin = Date()

  /// Upper ends of the histogram's buckets, in seconds.
  private static let bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

  /// Notes an answer. Paths themselves are not kept: they have no end.
  func answered(_ request: HTTPRequest, status: Int, seconds: Double) {
    let route = request.route ?? "none"
    let method = HTTPMethod.known.contains(request.method) ? request.method.name : "other"
    state.withLock { state in
      state.requests[RequestKey(method: method, route: route, status: status), default: 0] += 1
      let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
      state.durations[route, default: Histogram()].counts[bucket] += 1
      state.durations[route, default: Histogram()].sum += seconds
    }
  }

  /// Notes that a worker of this server has ended a job.
  func ended(_ state: JobState) {
    self.state.withLock { $0.ends[state.rawValue, default: 0] += 1 }
  }

  /// The whole text.
  ///
  /// - Parameters:
  ///   - depth: the jobs that wait and run.
  ///   - workers: those that take jobs.
  func text(depth: [(state: JobState, tag: String, count: Int)], workers: [WorkerRecord]) -> String {
    var text = PrometheusText()
    let state = state.withLock { $0 }
    text.family("tarn_http_requests_total", "counter", "Requests that were answered.")
    for (key, count) in state.requests.sorted(by: {
      ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
    }) {
      text.sample(
        "tarn_http_requests_total",
        [("method", key.method), ("route", key.route), ("status", String(key.status))], Double(count))
    }
    text.family("tarn_http_request_seconds", "histogram", "How long answers took.")
    for (route, histogram) in state.durations.sorted(by: { $0.key < $1.key }) {
      var total = 0
      for (bound, count) in zip(Self.bounds.map { String($0) } + ["+Inf"], histogram.counts) {
        total += count
        text.sample("tarn_http_request_seconds_bucket", [("route", route), ("le", bound)], Double(total))
      }
      text.sample("tarn_http_request_seconds_sum", [("route", route)], histogram.sum)
      text.sample("tarn_http_request_seconds_count", [("route", route)], Double(total))
    }
    text.family("tarn_jobs", "gauge", "Jobs that wait and run.")
    for (state, tag, count) in depth {
      text.sample("tarn_jobs", [("state", state.rawValue), ("tag", tag)], Double(count))
    }
    text.family("tarn_workers", "gauge", "Workers that take jobs of a tag.")
    for (tag, count) in Dictionary(workers.flatMap { $0.tags.map { ($0, 1) } }, uniquingKeysWith: +).sorted(
      by: { $0.key < $1.key })
    {
      text.sample("tarn_workers", [("tag", tag)], Double(count))
    }
    text.family("tarn_jobs_ended_total", "counter", "Jobs whose end a worker has told this server.")
    for (state, count) in state.ends.sorted(by: { $0.key < $1.key }) {
      text.sample("tarn_jobs_ended_total", [("state", state)], Double(count))
    }
    text.family("process_resident_memory_bytes", "gauge", "Memory of the server's process.")
    text.sample("process_resident_memory_bytes", [], Self.residentBytes)
    text.family("process_start_time_seconds", "gauge", "When the server began, since 1970.")
    text.sample("process_start_time_seconds", [], begin.timeIntervalSince1970)
    return text.text
  }

  private static var residentBytes: Double {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return .nan }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Double($0) } ?? .nan
    return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
  }
}

/// Lines of Prometheus' text format.
struct PrometheusText {
  private(set) var text = ""

  mutating func family(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  mutating func sample(_ name: String, _ labels: [(name: String, value: String)], _ value: Double) {
    let inner = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    let number = value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    text += name + (labels.isEmpty ? "" : "{\(inner)}") + " " + (value.isNaN ? "NaN" : number) + "\n"
  }

  private static func escaped(_ value: String) -> String {
    value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
