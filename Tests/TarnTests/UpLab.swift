import Foundation
import HTTPClient
import TestKit

/// A folder in which `tarn up` is started, and a client.
struct UpLab {
  struct Up {
    let process: RunningTarn
    let address: String
    let token: String
  }

  struct Answer: Equatable {
    let status: Int
    let text: String
  }

  let folder: TemporaryFolder
  let tarn: TarnProcess
  private let transport = CurlTransport(maximumConnections: 16)

  init(environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder("up")
    tarn = TarnProcess(in: folder.path, environment: environment)
  }

  /// Starts it on a free port, and waits until it says where it is.
  func start(_ options: [String] = [], stopping: Bool = false) async throws -> Up {
    let process = try tarn.start(["up", "--port", "0"] + options)
    // Both lines are written at once.
    guard await process.prints("Token: ") else {
      throw TestFailure("tarn up ended: \(await process.outcome())")
    }
    let lines = process.outputSoFar.split(separator: "\n").map(String.init)
    let up = Up(
      process: process, address: String(lines[0].dropFirst("Tarn is up: ".count)),
      token: String(lines[1].dropFirst("Token: ".count)))
    if stopping {
      process.signal(SIGINT)
      _ = await process.outcome()
    }
    return up
  }

  func query(_ sql: String, _ up: Up, token: String? = nil) async throws -> Answer {
    try await send("POST", "/w/main/jobs/run_wait_result/preview", up, token: token, body: Self.body(sql))
  }

  func submit(
    _ script: String, _ up: Up, _ query: String = "", language: String = "duckdb"
  ) async throws -> String {
    try await send("POST", "/w/main/jobs/run/preview" + query, up, body: Self.body(script, language)).text
  }

  func get(_ path: String, _ up: Up) async throws -> Answer { try await send("GET", path, up) }

  func post(_ path: String, _ body: String, _ up: Up) async throws -> Answer {
    try await send("POST", path, up, body: body)
  }

  func untilEnded(_ job: String, _ up: Up) async throws {
    try await eventually("job \(job) ends") {
      try await get("/w/main/jobs_u/completed/get_result_maybe/\(job)", up).text.contains(
        #""completed":true"#)
    }
  }

  func untilRunning(_ up: Up) async throws {
    try await eventually("a job runs") { try await get("/w/main/jobs/list?running=true", up).text != "[]" }
  }

  /// The beginnings of the tokens that workers of `tarn up` have, as the folder's owner sees them.
  func workersTokens(_ up: Up) async throws -> [String] {
    let text = try await get("/users/tokens/list", up).text
    return text.split(separator: "{").filter { $0.contains("worker of tarn up") }.compactMap { entry in
      entry.firstRange(of: "\"token_prefix\":\"").map { String(entry[$0.upperBound...].prefix(10)) }
    }
  }

  /// The process of its worker.
  func worker(of up: Up) async throws -> Int32 {
    try await eventually("there is a worker") {
      // Of all threads: any may have started it.
      let threads =
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(up.process.processID)/task")) ?? []
      for thread in threads {
        let children = "/proc/\(up.process.processID)/task/\(thread)/children"
        let list = (try? String(contentsOfFile: children, encoding: .utf8)) ?? ""
        for child in list.split(separator: " ").compactMap({ Int32($0) }) {
          let command = (try? String(contentsOfFile: "/proc/\(child)/cmdline", encoding: .utf8)) ?? ""
          if command.contains("worker") { return child }
        }
      }
      return nil
    }
  }

  private static func body(_ script: String, _ language: String = "duckdb") -> String {
    let object = ["content": script, "language": language]
    let data = (try? JSONEncoder().encode(object)) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }

  private func send(
    _ method: String, _ path: String, _ up: Up, token: String? = nil, body: String? = nil
  ) async throws -> Answer {
    guard let url = URL(string: up.address + "/api" + path) else { throw TestFailure("no URL: \(path)") }
    var request = ClientRequest(
      url: url, method: method, headers: [("Authorization", "Bearer \(token ?? up.token)")],
      body: body.map { [UInt8]($0.utf8) })
    request.timeout = .seconds(120)
    let answer = try await transport.send(request)
    return Answer(status: answer.status, text: String(decoding: answer.body, as: UTF8.self))
  }
}
