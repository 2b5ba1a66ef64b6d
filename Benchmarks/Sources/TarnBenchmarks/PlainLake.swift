import DuckDB
import Foundation

/// A lake as DuckDB opens it without Tarn, for measuring against.
enum PlainLake {
  /// The statements that open a lake on a SQLite catalog, in WAL mode, which is the faster one.
  static func sqlite(_ home: String) -> [String] {
    setup("sqlite_scanner") + [
      """
      ATTACH 'ducklake:sqlite:\(home)/catalog.sqlite' AS dl
        (DATA_PATH '\(home)/data/', META_JOURNAL_MODE 'WAL')
      """, "USE dl",
    ]
  }

  /// The statements that open a lake on a PostgreSQL catalog.
  static func postgresql(_ server: BenchPostgreSQL, schema: String, data: String) -> [String] {
    setup("postgres_scanner") + [
      """
      ATTACH 'ducklake:postgres:host=127.0.0.1 port=\(server.port) dbname=postgres user=tarn' AS dl
        (DATA_PATH '\(data)/', METADATA_SCHEMA '\(schema)')
      """, "USE dl",
    ]
  }

  private static func setup(_ scanner: String) -> [String] {
    ["ducklake", scanner].map { "LOAD '\(Bench.extensions)/\($0).duckdb_extension'" }
  }

  static func open(_ statements: [String]) async throws -> Connection {
    try await openShared(statements).connection
  }

  /// The database, too, for further connections.
  static func openShared(_ statements: [String]) async throws -> (database: Database, connection: Connection)
  {
    let database = try await Database.open(
      .memory, configuration: ["allow_unsigned_extensions": "true", "autoload_known_extensions": "false"])
    let connection = try await database.connect()
    for statement in statements { try await connection.execute(statement as String) }
    return (database, connection)
  }

  // MARK: Appending in processes of their own

  static let appenderCommand = "plain-appender"

  /// A child process: appends 1 to 10 rows, again and again, and prints how many appends succeeded and failed.
  static func appender(_ arguments: [String]) async throws {
    guard arguments.count == 2, let seconds = Double(arguments[0]) else {
      throw BenchmarkError("plain-appender")
    }
    let statements = try JSONDecoder().decode([String].self, from: Data(arguments[1].utf8))
    let connection = try await open(statements)
    // The parent tells all of them to begin at once.
    print("ready")
    fflush(nil)
    _ = readLine()
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var done = 0
    var failed = 0
    while clock.now < end {
      let sql = AppendBenchmark.insert(rows: done % 10 + 1, number: done)
      do {
        try await connection.execute(sql as String)
        done += 1
      } catch { failed += 1 }
    }
    print("\(done) \(failed)")
  }

  /// Runs appenders side by side.
  static func appendersPerSecond(_ count: Int, seconds: Double, _ statements: [String]) throws -> (
    rate: Double, failed: Int
  ) {
    let setup = String(decoding: try JSONEncoder().encode(statements), as: UTF8.self)
    let children = try (0..<count).map { _ in
      let child = Process()
      child.executableURL = URL(fileURLWithPath: Bench.executable)
      child.arguments = [appenderCommand, String(seconds), setup]
      let (input, output) = (Pipe(), Pipe())
      child.standardInput = input
      child.standardOutput = output
      try child.run()
      return (child, input, output)
    }
    for (_, _, output) in children { _ = output.fileHandleForReading.availableData }
    for (_, input, _) in children { input.fileHandleForWriting.write(Data("go\n".utf8)) }
    var done = 0
    var failed = 0
    for (child, _, output) in children {
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      child.waitUntilExit()
      let counts = text.split(whereSeparator: { " \n".contains($0) }).compactMap { Int($0) }
      guard counts.count == 2 else { throw BenchmarkError("a plain appender failed: \(text)") }
      done += counts[0]
      failed += counts[1]
    }
    return (Double(done) / seconds, failed)
  }
}

/// A PostgreSQL server of the benchmark's own, with its usual settings: what it acknowledges is on the disk.
final class BenchPostgreSQL {
  let port: Int
  private let process = Process()
  private let input = Pipe()

  static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: programs + "/initdb") }
  private static let programs = "/usr/lib/postgresql/15/bin"

  init() throws {
    let script = """
      set -e
      home=$(mktemp -d "${TMPDIR:-/tmp}/tarn-bench-postgresql-XXXXXX")
      as() { "$@"; }
      if [ "$(id -u)" = 0 ]; then
        chown postgres "$home"
        as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
      fi
      as \(Self.programs)/initdb -D "$home/data" -U tarn -A trust -E UTF8 --locale C.UTF-8 >"$home/initdb.log" 2>&1
      port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
      as \(Self.programs)/postgres -D "$home/data" -p "$port" -k "$home" -c listen_addresses=127.0.0.1 -c max_connections=200 2>&1 </dev/null | sed -u "s/ready to accept connections/READY on $port/" &
      cat >/dev/null
      kill -INT "$(head -n 1 "$home/data/postmaster.pid")"
      while [ -e "$home/data/postmaster.pid" ]; do sleep 0.05; done
      rm -rf "$home"
      """
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
    var text = ""
    while !text.contains("READY on ") {
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { throw BenchmarkError("PostgreSQL did not start: \(text)") }
      text += String(decoding: data, as: UTF8.self)
    }
    let digits = text[(text.range(of: "READY on ")?.upperBound ?? text.endIndex)...].prefix { $0.isNumber }
    port = Int(digits) ?? 0
    // What it says from now on is read by nobody.
    output.fileHandleForReading.readabilityHandler = { _ = $0.availableData }
  }

  func stop() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
