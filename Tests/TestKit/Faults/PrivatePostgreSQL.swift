import Foundation
public import LakeSettings
import Synchronization

/// A PostgreSQL server of one test's own, to be killed and started again.
public final class PrivatePostgreSQL: Sendable {
  private static let programs = "/usr/lib/postgresql/15/bin"
  private static let template = Task { try await makeTemplate() }

  private let folder: TemporaryFolder
  private let home: String
  private let server = Mutex<TestServer?>(nil)

  /// The port that it listens at, on the loopback address.
  public let port: Int

  /// Starts a new server.
  ///
  /// - Parameter home: the folder for its data, made when it is missing; nil for a temporary one.
  public init(home: String? = nil) async throws {
    folder = try TemporaryFolder("postgresql")
    self.home = home ?? folder["home"]
    port = try FreePort.find()
    let template = try await Self.template.value
    // tmpfs and temporary folders belong to root, and PostgreSQL does not run as root.
    try await Self.shell(
      "mkdir -p '\(self.home)' && cp -a '\(template["data"])' '\(self.home)/data' && chown --reference='\(template["data"])' '\(self.home)'"
    )
    try await start()
  }

  /// The configuration of a catalog on it.
  public var catalog: PostgreSQLCatalog {
    PostgreSQLCatalog(
      host: "127.0.0.1", port: port, database: "postgres", user: "tarn",
      password: .value(TestPostgreSQL.password), schema: "lake")
  }

  /// Starts the server, which must not run.
  public func start() async throws {
    let options =
      "-k '\(home)' -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60 -c min_wal_size=2MB -c max_wal_size=8MB"
    let script = """
      \(Self.asPostgres)
      (
        as \(Self.programs)/postgres -D '\(home)/data' -p \(port) \(options) 2>&1 </dev/null | sed -u 's/ready to accept connections/READY/'
        kill "$$"
      ) &
      cat >/dev/null 2>&1
      pid=$(head -n 1 '\(home)/data/postmaster.pid') && kill -INT "$pid"
      while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
      """
    // It ends with the server, also with one that does not come up: the backends of one that was killed need a moment to
    // notice, and hold its memory as long.
    var failure: any Error = TestFailure("PostgreSQL was not started")
    for _ in 0..<100 {
      do {
        let (started, _) = try await TestServer.start("/bin/sh", ["-c", script], until: "READY")
        server.withLock { $0 = started }
        return
      } catch { failure = error }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw failure
  }

  /// Stops the server as an administrator does who does not wait for sessions.
  public func stop() async {
    let running = server.withLock { server in
      defer { server = nil }
      return server
    }
    await running?.end()
  }

  /// Kills the whole server at once, as a power failure does.
  public func kill() async throws {
    let postmaster = try postmasterID
    // Those that it would otherwise restart or warn.
    let children = Self.children(of: postmaster)
    for process in [postmaster] + children.map(\.id) { Foundation.kill(process, SIGKILL) }
    await stop()
  }

  /// Kills the processes that serve clients; the postmaster then restarts all others, too.
  ///
  /// - Returns: how many there were.
  @discardableResult
  public func killBackends() throws -> Int {
    let backends = Self.children(of: try postmasterID).filter { $0.command.contains("postgres: tarn ") }
    for backend in backends { Foundation.kill(backend.id, SIGKILL) }
    return backends.count
  }

  /// Starts the server again where it has ended by itself, as it does when it cannot write.
  public func startIfItEnded() async throws {
    if let id = try? postmasterID, Foundation.kill(id, 0) == 0, try await answers() { return }
    if let id = try? postmasterID { Foundation.kill(id, SIGKILL) }
    await stop()
    try await start()
  }

  /// Waits until the server takes connections; false when it ends or does not for long.
  private func answers() async throws -> Bool {
    for _ in 0..<50 {
      let script =
        "PGPASSWORD='\(TestPostgreSQL.password)' \(Self.programs)/psql -h 127.0.0.1 -p \(port) -U tarn postgres -c 'SELECT 1'"
      if try await TarnProcess(in: "/", executable: "/bin/sh").run(["-c", script]).status == 0 {
        return true
      }
      guard let id = try? postmasterID, Foundation.kill(id, 0) == 0 else { return false }
      try await Task.sleep(for: .milliseconds(100))
    }
    return false
  }

  private var postmasterID: Int32 {
    get throws {
      let text = try String(contentsOfFile: home + "/data/postmaster.pid", encoding: .utf8)
      guard let id = text.split(separator: "\n").first.flatMap({ Int32($0) }) else {
        throw TestFailure("PostgreSQL does not run")
      }
      return id
    }
  }

  // MARK: Means

  /// A cluster to copy, made once.
  private static func makeTemplate() async throws -> TemporaryFolder {
    let folder = try TemporaryFolder("cluster")
    try folder.write(TestPostgreSQL.password, to: "password")
    try await shell(
      """
      \(asPostgres)
      if [ "$(id -u)" = 0 ]; then chown postgres '\(folder.path)'; fi
      chmod 644 '\(folder["password"])'
      as \(programs)/initdb -D '\(folder["data"])' -U tarn -A scram-sha-256 --pwfile '\(folder["password"])' -E UTF8 --locale C.UTF-8 -N --wal-segsize=1
      """)
    return folder
  }

  private static let asPostgres = """
    as() { "$@"; }
    if [ "$(id -u)" = 0 ]; then as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }; fi
    """

  private static func shell(_ script: String) async throws {
    let outcome = try await TarnProcess(in: "/", executable: "/bin/sh").run(["-ec", script])
    guard outcome.status == 0 else { throw TestFailure("\(outcome)") }
  }

  private static func children(of parent: Int32) -> [(id: Int32, command: String)] {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return processes.compactMap { Int32($0) }.compactMap { id in
      guard let status = try? String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8),
        status.contains("\nPPid:\t\(parent)\n"),
        let command = try? String(contentsOfFile: "/proc/\(id)/cmdline", encoding: .utf8)
      else { return nil }
      return (id, command)
    }
  }
}

/// Ports of the loopback address that nobody listens at.
public enum FreePort {
  public static func find() throws -> Int {
    let listener = try LoopbackSocket.listener()
    defer { LoopbackSocket.shut(listener.socket) }
    return listener.port
  }
}
