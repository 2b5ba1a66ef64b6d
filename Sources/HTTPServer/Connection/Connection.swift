internal import CMicroHTTPD

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One client's connection: its requests, one after the other.
///
/// Only touched on the loop's thread. `handle` is libmicrohttpd's, and good until ``close()``.
final class Connection {
  /// Where the request under way stands.
  enum Phase {
    /// There is none.
    case idle
    /// Its first line has come.
    case head
    /// Its head is whole; a long body is not let in before the handler asks for it.
    case gate
    /// Its body comes in.
    case body
    /// All of it is there; the response is not.
    case handling
    /// The response goes out.
    case sending
    /// The response went out before the body was in. What still comes is thrown away, until the client hears of it and stops.
    case cutting
  }

  let id: UInt64
  let handle: OpaquePointer
  unowned let loop: EventLoop
  let peer: String
  var phase = Phase.idle
  var exchange: Exchange?
  var target = ""
  var isTargetTooLong = false
  /// Whether the response goes out without its body.
  var isHead = false
  /// Whether the client waits for a word before it sends the body.
  var isContinueExpected = false
  /// How many bytes of the body came after the handler had answered.
  var discarded = 0
  /// When the discarding ends.
  var discardingEnd: UInt64?
  /// When the connection is given up, or the body: what then happens depends on the phase.
  var deadline: UInt64?

  private var isSuspended = false
  private let begin: UInt64
  /// What is left for the body, while its time stands still.
  private var bodyTimeLeft: UInt64?
  private var isWatched = false
  /// Whether the client has closed its side.
  private var hasLeft = false

  /// How many bytes of an unwanted body are taken in for the sake of the connection.
  static let discardedBytes = 256 * 1024
  /// How long an unwanted body is taken in, and how long a client that was cut off has to notice, in milliseconds.
  static let discardingTime: UInt64 = 2000

  init(_ id: UInt64, handle: OpaquePointer, loop: EventLoop) {
    self.id = id
    self.handle = handle
    self.loop = loop
    peer = tarn_mhd_peer(handle).map(PeerAddress.text) ?? ""
    begin = loop.now
    deadline = loop.now + loop.limits.headerTimeout.wholeMilliseconds
  }

  var socket: Int32 { tarn_mhd_socket(handle) }

  // MARK: Sleep

  /// Takes the connection out of libmicrohttpd's hands until ``wake()``.
  func sleep() {
    MHD_suspend_connection(handle)
    isSuspended = true
    if phase == .body, let deadline { bodyTimeLeft = deadline > loop.now ? deadline - loop.now : 0 }
    deadline = nil
  }

  private func wake() {
    guard isSuspended else { return }
    isSuspended = false
    if phase == .body, let bodyTimeLeft { deadline = loop.now + bodyTimeLeft }
    bodyTimeLeft = nil
    if phase == .sending { giveTimeForWriting() }
    MHD_resume_connection(handle)
  }

  /// The task has done something.
  func look() {
    if isSuspended {
      wake()
    } else if phase == .body, exchange?.response != nil {
      discardRest()
    }
  }

  // MARK: Times

  /// The client has taken a part of the response, or the response begins.
  func giveTimeForWriting() {
    deadline = loop.now + loop.limits.writeTimeout.wholeMilliseconds
  }

  func giveTimeForBody() {
    deadline = loop.now + loop.limits.bodyTimeout.wholeMilliseconds
  }

  /// A body's time is as long as its bytes are worth, and never longer than the time without any.
  func lengthenTimeForBody(by bytes: Int) {
    guard let old = deadline else { return }
    let worth = UInt64(bytes) * 1000 / UInt64(loop.limits.bodyRate)
    deadline = min(loop.now + loop.limits.bodyTimeout.wholeMilliseconds, old + worth)
  }

  /// Called several times a second.
  func checkTime() {
    if !isWatched, loop.now > begin {
      isWatched = true
      loop.watch(self)
    }
    if hasLeft { showEnd() }
    if phase == .body, !isSuspended, exchange?.response != nil, let end = discardingEnd, end <= loop.now {
      answerPastDaemon()
      return
    }
    guard let end = deadline, end <= loop.now else { return }
    deadline = nil
    if phase == .body {
      discardingEnd = loop.now
      exchange?.endInput(.failed(.stalled))
    } else {
      cut()
    }
  }

  // MARK: Ends

  /// The client has closed its side. While the body comes in, what it has sent before may be all of it. Later, the task is cancelled;
  /// it may still answer.
  func clientLeft() {
    hasLeft = true
    if phase == .handling || phase == .sending {
      exchange?.leave()
    } else {
      showEnd()
    }
  }

  /// All of the body is there: whoever has left then does not wait for the answer.
  func bodyEnded() {
    exchange?.endInput(.finished)
    phase = .handling
    deadline = nil
    if hasLeft { exchange?.leave() }
  }

  /// libmicrohttpd reads until it gets less than it has room for, and then waits for a sign. An end that was there by then gives none.
  /// This gives one.
  private func showEnd() {
    guard !isSuspended else { return }
    switch phase {
    case .idle, .head, .body, .cutting: shutdown(socket, Int32(SHUT_RD))
    case .gate, .handling, .sending: break
    }
  }

  /// Lets the client go when there is nothing under way: what it has sent is still read.
  func endIfIdle() {
    if phase == .idle { shutdown(socket, Int32(SHUT_RD)) }
  }

  /// Ends the connection at once. libmicrohttpd notices and closes it.
  func cut() {
    shutdown(socket, Int32(SHUT_RDWR))
    exchange?.leave()
  }

  /// Tells the client that nothing more will come.
  func endWriting() {
    shutdown(socket, Int32(SHUT_WR))
  }

  /// The server stops: nothing may stay suspended.
  func abandon() {
    exchange?.leave()
    wake()
  }

  /// The request is over.
  func end() {
    guard phase != .idle else { return }
    exchange?.leave()
    exchange = nil
    phase = .idle
    discarded = 0
    discardingEnd = nil
    isContinueExpected = false
    deadline = loop.now + loop.limits.idleTimeout.wholeMilliseconds
    loop.requestEnded()
    if loop.isDraining { endIfIdle() }
  }

  /// The connection is over. The socket is still open.
  func close() {
    end()
    if isWatched { loop.unwatch(self) }
    loop.remove(self)
  }
}
