import Foundation

/// A MariaDB server of a test's own, with a database `shop` and a user `reader`.
public final class TestMariaDB: Sendable {
  /// Whether Debian's mariadb-server is installed (scripts/setup-tests).
  public static let isInstalled = FileManager.default.isExecutableFile(atPath: "/usr/sbin/mariadbd")

  /// The password of `reader`. It must turn up nowhere.
  public static let password = "hidden-word-of-the-shop"

  /// The port on loopback.
  public let port: Int
  private let server: TestServer

  private init(_ server: TestServer, port: Int) {
    self.server = server
    self.port = port
  }

  /// - Parameter sql: what to make in `shop`.
  public static func start(_ sql: String) async throws -> TestMariaDB {
    // A statement is a line.
    let statements =
      [
        "CREATE DATABASE shop", "USE shop", "CREATE USER 'reader'@'%' IDENTIFIED BY '\(password)'",
        "GRANT SELECT ON shop.* TO 'reader'@'%'",
      ] + sql.split(separator: ";").map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") }
    let lines = statements.filter { !$0.allSatisfy(\.isWhitespace) }.map { $0 + ";" }.joined(separator: "\n")
    // Make a data folder, run a server on it, and end it with its standard input.
    let script = """
      set -e
      home=$(mktemp -d "${TMPDIR:-/tmp}/tarn-mariadb-XXXXXX")
      user=$(id -un)
      if [ "$(id -u)" = 0 ]; then user=mysql; chown mysql "$home"; fi
      export TMPDIR="$home"
      mariadb-install-db --no-defaults --user="$user" --datadir="$home/data" --auth-root-authentication-method=normal --skip-test-db >"$home/install.log" 2>&1 || { cat "$home/install.log"; exit 1; }
      port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
      cat > "$home/init.sql" <<'END'
      \(lines)
      END
      chmod 644 "$home/init.sql"
      mariadbd --no-defaults --user="$user" --datadir="$home/data" --port="$port" --bind-address=127.0.0.1 --socket="$home/s" --pid-file="$home/pid" --skip-name-resolve --innodb-flush-log-at-trx-commit=0 --init-file="$home/init.sql" 2>&1 </dev/null | sed -u "s/ready for connections/READY on $port /" &
      cat >/dev/null
      pid=$(cat "$home/pid"); kill "$pid"
      while [ -e "$home/pid" ]; do sleep 0.05; done
      rm -rf "$home"
      """
    let (server, line) = try await TestServer.start("/bin/sh", ["-c", script], until: "READY on ")
    let word = line.firstRange(of: "READY on ").map {
      line[$0.upperBound...].split(separator: " ").first ?? ""
    }
    return TestMariaDB(server, port: Int(word ?? "") ?? 0)
  }
}
