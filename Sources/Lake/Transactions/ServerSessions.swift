import DuckDB
import Foundation
import LakeSettings
import SQLText

/// What open transactions of other clients forbid maintenance to touch.
struct OtherClients: Sendable, Hashable {
  /// How many other clients have a transaction open on the catalog.
  var count = 0
  /// Clients whose transaction this role may not look at.
  var hidden = 0
  /// When the oldest of their transactions began.
  var oldest: Date?
  /// Snapshots from this one on were committed after the oldest transaction began; nil for none.
  var firstNeeded: Int64?
}

/// How this process is called on a PostgreSQL server.
enum ServerClientName {
  /// `tarn:PROCESS@HOST`, within the 63 bytes that the server keeps.
  static let own: String = {
    let host = ProcessInfo.processInfo.hostName.filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".")
    }
    return "tarn:\(getpid())@\(host.prefix(40))"
  }()
}

extension Lake {
  /// The transactions that are open on the lake now, the oldest first: those of this process, and on a PostgreSQL
  /// catalog those of all clients, also of plain DuckLake. Single statements of this process are not among them.
  ///
  /// - Throws: ``LakeError`` when the catalog cannot be asked.
  public func openTransactions() async throws -> [TransactionInfo] {
    var found: [TransactionInfo] = []
    for (session, since) in gate.transactions.open {
      found.append(
        TransactionInfo(
          client: "this process", process: Int64(getpid()), since: since,
          state: await session.transactionState(on: self), isOwn: true))
    }
    if isOnPostgreSQL { found += try await transactionsOnServer() }
    return found.sorted { ($0.since ?? .distantPast) < ($1.since ?? .distantPast) }
  }

  private func transactionsOnServer() async throws -> [TransactionInfo] {
    let result = try await readTrusted(
      """
      SELECT pid::BIGINT, usename, application_name, address, epoch_us(xact_start::TIMESTAMPTZ), state, writes
      FROM \(queryOnServer(Self.sessions(schema: schemaOnServer ?? "public", without: ServerClientName.own) + """
          SELECT a.pid, a.usename::text, a.application_name, host(a.client_addr) AS address, a.xact_start, a.state,
            h.writes
          FROM holders h JOIN pg_stat_activity a ON a.pid = h.pid
          """))
      """, looksAround: true)
    return result.rows.map { row in
      let program = row[2].text.flatMap { $0.isEmpty ? nil : $0 }
      let writes = row[6].boolean == true
      let isIdle = row[5].text?.hasPrefix("idle") == true
      return TransactionInfo(
        client: program ?? "server process \(row[0].integer ?? 0)",
        process: program?.processNumber, user: row[1].text, address: row[3].text,
        since: row[4].integer.map { Date(timeIntervalSince1970: Double($0) / 1e6) },
        state: (writes ? "writes" : "reads") + (isIdle ? ", idle" : ""), isOwn: false)
    }
  }

  /// What other clients' open transactions need. On a catalog that one process owns there are none.
  func otherClients() async throws -> OtherClients {
    guard isOnPostgreSQL else { return OtherClients() }
    // What this process keeps for its next writer is no client.
    await pin.finish()
    let snapshots = [schemaOnServer ?? "public", "ducklake_snapshot"].map(SQLIdentifier.quote)
      .joined(separator: ".")
    // A row's xmin tells which transaction wrote it, and a client's backend_xmin the first one that it does not see:
    // that needs no clock. The time is asked, too, for clients that hold no view of the data at the moment.
    let result = try await readTrusted(
      """
      SELECT clients::BIGINT, hidden::BIGINT, epoch_us(oldest::TIMESTAMPTZ), first_needed::BIGINT
      FROM \(queryOnServer(Self.sessions(schema: schemaOnServer ?? "public") + """
          , open AS (
            SELECT h.pid, a.xact_start, a.backend_xmin FROM holders h LEFT JOIN pg_stat_activity a ON a.pid = h.pid
          ), bounds AS (
            SELECT count(*) AS clients, count(*) FILTER (WHERE xact_start IS NULL) AS hidden,
              min(xact_start) AS oldest, max(age(backend_xmin)) AS view_age
            FROM open
          )
          SELECT clients, hidden, oldest, (
            SELECT min(s.snapshot_id) FROM \(snapshots) s
            WHERE age(s.xmin) <= b.view_age OR s.snapshot_time >= b.oldest
          ) AS first_needed
          FROM bounds b
          """))
      """, looksAround: true)
    guard let row = result.rows.first(where: { _ in true }) else { return OtherClients() }
    return OtherClients(
      count: Int(row[0].integer ?? 0), hidden: Int(row[1].integer ?? 0),
      oldest: row[2].integer.map { Date(timeIntervalSince1970: Double($0) / 1e6) },
      firstNeeded: row[3].integer)
  }

  /// `holders`: the server's processes, other than the one that answers, that hold a lock on a table of the catalog. Those
  /// that vacuum read no snapshots.
  /// pg_locks shows everybody's locks to every role; pg_stat_activity hides other roles' times.
  private static func sessions(schema: String, without client: String = "") -> String {
    """
    WITH holders AS (
      SELECT l.pid, bool_or(l.mode NOT IN ('AccessShareLock', 'RowShareLock')) AS writes
      FROM pg_locks l
      JOIN pg_class c ON c.oid = l.relation
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation' AND l.granted AND n.nspname = \(SQLLiteral.string(schema))
        AND c.relname LIKE 'ducklake\\_%'
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND l.pid <> pg_backend_pid() AND coalesce(a.backend_type, '') <> 'autovacuum worker'
        \(client.isEmpty ? "" : "AND coalesce(a.application_name, '') <> \(SQLLiteral.string(client))")
      GROUP BY l.pid
    )

    """
  }
}

extension String {
  /// The process's number in a name such as `tarn:17@host`.
  fileprivate var processNumber: Int64? {
    guard hasPrefix("tarn:") else { return nil }
    return dropFirst(5).split(separator: "@").first.flatMap { Int64($0) }
  }
}
