import Foundation

/// Scripts and queries through `tarn up`, beside bare DuckDB, Prefect and Dagster.
enum ServerBenchmark {
  private static let script = Bench.checkout + "/Benchmarks/server.py"
  private static let client = Bench.checkout + "/.deps/test-venv/bin/python"
  private static let duckDB = Bench.checkout + "/.deps/dlt-venv/bin/python"
  /// Made by `make bench-peers`; without it, Prefect and Dagster are left out.
  private static let peers = Bench.checkout + "/.deps/bench-venv/bin/python"

  static func run() async throws -> [String] {
    for program in [client, duckDB] where !FileManager.default.isExecutableFile(atPath: program) {
      throw BenchmarkError("\(program) is not there; run scripts/setup-tests")
    }
    let folder = Bench.folder + "/server"
    try? FileManager.default.removeItem(atPath: folder)
    try FileManager.default.createDirectory(atPath: folder + "/bare", withIntermediateDirectories: true)
    let bare = try output([duckDB, script, "bare", folder + "/bare", Bench.extensions])
    let server = try TarnServer(folder: folder + "/workspace", python: client)
    defer { server.stop() }
    let tarn = try output([client, script, "tarn", server.address, server.token])
    var rows = [
      row("a query in a Python job, bare warm", tarn["query"], bare["warm"], digits: 2, goal: "+5 ms"),
      row(
        "the same, against open, load, attach, query", tarn["query"], bare["cold"], digits: 2, goal: "1/30"),
      Bench.row(
        "40 SQL jobs, one after another", text(tarn["sql"]), "–", "–", "0.2 s"),
      Bench.row(
        "200 clients that query: requests a second, slowest 1 %",
        Bench.text(tarn["clients_rate"] ?? .nan, 0) + ", " + text(tarn["clients_p99"]), "–", "–", "reported"),
    ]
    if FileManager.default.isExecutableFile(atPath: peers) {
      for name in ["prefect", "dagster"] {
        let peer = try output([peers, script, name])
        rows.append(
          row(
            "40 Python jobs, one after another, \(name)", tarn["python"], peer["python"], digits: 2,
            goal: "0.4 s"))
      }
    } else {
      rows.append(Bench.row("40 Python jobs, one after another", text(tarn["python"]), "–", "–", "0.4 s"))
    }
    return rows
  }

  private static func row(_ what: String, _ tarn: Double?, _ plain: Double?, digits: Int, goal: String)
    -> String
  {
    let ratio = (tarn ?? .nan) / (plain ?? .nan)
    return Bench.row(what, text(tarn), text(plain), Bench.text(ratio, digits), goal)
  }

  private static func text(_ seconds: Double?) -> String {
    guard let seconds else { return "–" }
    return seconds < 1 ? Bench.text(seconds * 1000, 1) + " ms" : Bench.text(seconds) + " s"
  }

  /// The JSON object on the last line of what a program prints.
  private static func output(_ command: [String]) throws -> [String: Double] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging([
      "PREFECT_LOGGING_LEVEL": "ERROR", "DO_NOT_TRACK": "1", "DAGSTER_TELEMETRY_ENABLED": "false",
      "PREFECT_HOME": Bench.folder + "/prefect", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
      "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    ]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let last = String(decoding: data, as: UTF8.self).split(separator: "\n").last ?? ""
    guard process.terminationStatus == 0,
      let object = try? JSONDecoder().decode([String: Double].self, from: Data(last.utf8))
    else { throw BenchmarkError("\(command.prefix(3).joined(separator: " ")) failed") }
    return object
  }
}

/// `tarn up` in a folder of its own.
private final class TarnServer {
  let address: String
  let token: String
  private let process = Process()

  init(folder: String, python: String) throws {
    process.executableURL = URL(fileURLWithPath: Bench.tarn)
    process.arguments = ["up", "--workspace", folder, "--port", "0"]
    process.environment = ProcessInfo.processInfo.environment.merging(["TARN_PYTHON": python]) { $1 }
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    var text = ""
    var found: (address: String, token: String)?
    while found == nil {
      let data = pipe.fileHandleForReading.availableData
      guard !data.isEmpty else { throw BenchmarkError("tarn up ended: \(text)") }
      text += String(decoding: data, as: UTF8.self)
      if let match = text.firstMatch(of: /Tarn is up: (\S+)\nToken: (\S+)\n/) {
        found = (String(match.1), String(match.2))
      }
    }
    (address, token) = found ?? ("", "")
  }

  func stop() {
    process.interrupt()
    process.waitUntilExit()
  }
}
