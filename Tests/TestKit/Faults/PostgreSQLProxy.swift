import Foundation
import Synchronization

/// Stands between DuckDB and PostgreSQL, understands just enough of what they say to see a catalog's commits, and loses
/// them on demand. Encryption has to be off, as it is on a private server.
public final class PostgreSQLProxy: Sendable {
  /// What happens to the next commit that makes a snapshot.
  public enum Fault: Sendable, Hashable {
    /// It reaches the server, which carries it out; the answer is kept back and the connection cut.
    case loseReply
    /// It does not reach the server; the connection is cut.
    case loseCommit
    /// It reaches the server after ``PostgreSQLProxy/letGo()``.
    case hold
    /// The connection is cut at the first change of the catalog's tables.
    case cutInTransaction
  }

  private struct State {
    var fault: Fault?
    var staysDown = false
    var isDown = false
    var strikes = 0
    var commits = 0
    var connections: [Int32: Int32] = [:]
    var watchers: [(strikes: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())
  private let held = DispatchSemaphore(value: 0)
  private let listener: Int32
  private let upstream: Int

  /// The port that clients connect to.
  public let port: Int

  /// - Parameter upstream: the server's port on the loopback address.
  public init(to upstream: Int) throws {
    let made = try LoopbackSocket.listener()
    listener = made.socket
    port = made.port
    self.upstream = upstream
    Thread.detachNewThread { [weak self, listener] in
      while true {
        let client = accept(listener, nil, nil)
        guard client >= 0 else { break }
        guard let self, !state.withLock({ $0.isDown }),
          let server = try? LoopbackSocket.connection(to: upstream)
        else {
          LoopbackSocket.shut(client)
          continue
        }
        serve(client, server)
      }
    }
  }

  deinit {
    LoopbackSocket.cut(listener)
    LoopbackSocket.shut(listener)
  }

  // MARK: Faults

  /// Lets one thing go wrong, once.
  ///
  /// - Parameters:
  ///   - fault: what.
  ///   - staysDown: whether nobody gets through from then on, until ``restore()``.
  public func arm(_ fault: Fault, staysDown: Bool = false) {
    state.withLock { state in
      state.fault = fault
      state.staysDown = staysDown
    }
  }

  /// Lets a held commit through.
  public func letGo() { held.signal() }

  /// Cuts all connections, and lets nobody in until ``restore()``.
  public func takeDown() {
    let open = state.withLock { state in
      state.isDown = true
      return state.connections
    }
    for (client, server) in open {
      LoopbackSocket.cut(client)
      LoopbackSocket.cut(server)
    }
  }

  /// Cuts all connections; new ones get through.
  public func cutAll() {
    takeDown()
    restore()
  }

  /// Lets clients through again.
  public func restore() { state.withLock { $0.isDown = false } }

  /// How many faults there have been.
  public var strikes: Int { state.withLock { $0.strikes } }

  /// How many commits that make a snapshot have come by.
  public var commits: Int { state.withLock { $0.commits } }

  /// Waits until there have been so many faults.
  public func untilStruck(_ count: Int = 1) async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.strikes < count { state.watchers.append((count, continuation)) }
        return state.strikes >= count
      }
      if isDone { continuation.resume() }
    }
  }

  // MARK: Connections

  private func serve(_ client: Int32, _ server: Int32) {
    state.withLock { $0.connections[client] = server }
    let answersAreLost = Shared(false)
    Thread.detachNewThread {
      while true {
        let bytes = LoopbackSocket.receive(from: server)
        // The answer to a commit means that it has been carried out.
        guard !bytes.isEmpty, !answersAreLost.value, LoopbackSocket.send(bytes, to: client) else { break }
      }
      LoopbackSocket.cut(client)
      LoopbackSocket.cut(server)
    }
    Thread.detachNewThread { [self] in
      var messages = FrontendMessages()
      var changesSnapshots = false
      reading: while true {
        let bytes = LoopbackSocket.receive(from: client)
        guard !bytes.isEmpty else { break }
        for message in messages.add(bytes) {
          let query = message.query
          if query.contains("ducklake_snapshot"), query.contains("INSERT") { changesSnapshots = true }
          let isCommit = changesSnapshots && query.trimmingPrefix(while: \.isWhitespace).hasPrefix("COMMIT")
          if isCommit { changesSnapshots = false }
          switch strike(client, isCommit: isCommit, isChange: changesSnapshots) {
          case .loseCommit, .cutInTransaction: break reading
          case .loseReply: answersAreLost.change { $0 = true }
          case .hold: held.wait()
          case nil: break
          }
          guard LoopbackSocket.send(message.bytes, to: server) else { break reading }
        }
      }
      LoopbackSocket.cut(client)
      LoopbackSocket.cut(server)
      state.withLock { $0.connections[client] = nil }
    }
  }

  private func strike(_ client: Int32, isCommit: Bool, isChange: Bool) -> Fault? {
    let (fault, watchers, others) = state.withLock { state in
      if isCommit { state.commits += 1 }
      guard let fault = state.fault, fault == .cutInTransaction ? isChange : isCommit else {
        return (Fault?.none, [CheckedContinuation<Void, Never>](), [Int32: Int32]())
      }
      state.fault = nil
      state.strikes += 1
      state.isDown = state.staysDown
      let strikes = state.strikes
      let watchers = state.watchers.filter { $0.strikes <= strikes }.map(\.continuation)
      state.watchers.removeAll { $0.strikes <= strikes }
      return (fault, watchers, state.isDown ? state.connections.filter { $0.key != client } : [:])
    }
    for (client, server) in others {
      LoopbackSocket.cut(client)
      LoopbackSocket.cut(server)
    }
    for watcher in watchers { watcher.resume() }
    return fault
  }
}

/// Cuts what a client of PostgreSQL sends into its messages.
struct FrontendMessages {
  /// One message.
  struct Message {
    let bytes: [UInt8]
    /// The text of a simple query, or of one to be prepared; empty for other messages.
    let query: String
  }

  private var rest: [UInt8] = []
  private var hasBegun = false

  mutating func add(_ bytes: [UInt8]) -> [Message] {
    rest += bytes
    var messages: [Message] = []
    while let message = next() { messages.append(message) }
    return messages
  }

  private mutating func next() -> Message? {
    // The first messages of a connection have no kind: a wish for encryption, then the start.
    let head = hasBegun ? 1 : 0
    guard rest.count >= head + 4 else { return nil }
    let length = head + rest[head..<(head + 4)].reduce(0) { $0 << 8 | Int($1) }
    guard rest.count >= length else { return nil }
    let bytes = Array(rest[..<length])
    rest.removeFirst(length)
    guard hasBegun else {
      let wishesEncryption = bytes.count == 8 && bytes[4...5].elementsEqual([0x04, 0xD2])
      hasBegun = !wishesEncryption
      return Message(bytes: bytes, query: "")
    }
    let isQuery = bytes[0] == UInt8(ascii: "Q") || bytes[0] == UInt8(ascii: "P")
    return Message(
      bytes: bytes, query: isQuery ? String(decoding: bytes[5...].prefix { $0 != 0 }, as: UTF8.self) : "")
  }
}
