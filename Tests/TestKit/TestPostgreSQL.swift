import Foundation
public import LakeSettings
import PostgreSQL
import SQLText

/// A PostgreSQL server of this test process's own, started when it is first asked for.
public final class TestPostgreSQL: Sendable {
  /// Whether Debian's postgresql-15 is installed (scripts/setup-tests).
  public static let isInstalled = FileManager.default.isExecutableFile(atPath: programs + "/initdb")

  private static let programs = "/usr/lib/postgresql/15/bin"
  private static let shared = Task { try await TestPostgreSQL() }

  /// The password of the server's only role. It must turn up nowhere.
  public static let password = "hidden-word-of-the-catalog"

  private let port: Int
  private let server: TestServer

  private init() async throws {
    // The command: make a cluster, run it, and end it with its standard input. PostgreSQL does not run as root.
    let script = """
      set -e
      home=$(mktemp -d "${TMPDIR:-/tmp}/tarn-postgresql-XXXXXX")
      as() { "$@"; }
      if [ "$(id -u)" = 0 ]; then
        chown postgres "$home"
        as() { setpriv --reuid postgres --regid postgres --init-groups "$@"; }
      fi
      printf '%s' '\(Self.password)' > "$home/password"
      chmod 644 "$home/password"
      as \(Self.programs)/initdb -D "$home/data" -U tarn -A scram-sha-256 --pwfile "$home/password" -E UTF8 --locale C.UTF-8 -N >"$home/initdb.log" 2>&1 || { cat "$home/initdb.log"; exit 1; }
      port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
      as \(Self.programs)/postgres -D "$home/data" -p "$port" -k "$home" -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200 2>&1 </dev/null | sed -u "s/ready to accept connections/READY on $port/" &
      cat >/dev/null
      kill -INT "$(head -n 1 "$home/data/postmaster.pid")"
      while [ -e "$home/data/postmaster.pid" ]; do sleep 0.05; done
      rm -rf "$home"
      """
    let (server, line) = try await TestServer.start("/bin/sh", ["-c", script], until: "READY on ")
    self.server = server
    port = Int(line.split(separator: " ").last ?? "") ?? 0
  }

  /// A catalog in a schema of its own.
  public static func catalog() async throws -> PostgreSQLCatalog {
    let port = try await shared.value.port
    let schema = "lake_" + UUID().uuidString.prefix(8).lowercased()
    return PostgreSQLCatalog(
      host: "127.0.0.1", port: port, database: "postgres", user: "tarn", password: .value(password),
      schema: schema)
  }

  /// The URL of a new, empty database.
  public static func url() async throws -> String {
    let port = try await shared.value.port
    let name = "store_" + UUID().uuidString.prefix(8).lowercased()
    let server = "postgresql://tarn:\(password)@127.0.0.1:\(port)/"
    try await Task.detached {
      try PostgreSQLConnection(["dbname": server + "postgres"]).run(script: "CREATE DATABASE \(name)")
    }.value
    return server + name
  }
}
