/// One request and its response, as far as the connection and the handler's task have to agree: what has come and was not
/// read, what was written and not sent, who waits for whom.
///
/// A pure state machine. Each event returns what is to be done; ``Exchange`` does it.
struct ExchangeState {
  /// What is to be done after an event.
  struct Wakes: OptionSet {
    let rawValue: Int
    /// The connection's loop has to look at the exchange.
    static let loop = Wakes(rawValue: 1)
    /// The task that waits for a chunk can go on.
    static let reader = Wakes(rawValue: 2)
    /// The tasks that wait for room can go on.
    static let writers = Wakes(rawValue: 4)
  }

  /// How the body ended.
  enum InputEnd {
    case open
    case finished
    case failed(HTTPBodyError)
  }

  enum Chunk {
    case bytes([UInt8])
    case end
    case failure(HTTPBodyError)
    case wait
  }

  /// What the loop gets when it asks for bytes to send.
  enum Piece: Equatable {
    case bytes(Int)
    case end
    case failure
    case wait
  }

  enum OutputEnd: Equatable {
    case open
    case finished
    case failed
  }

  /// How many bytes are taken in before the handler has read them.
  static let inputRoom = 256 * 1024
  /// How many bytes may wait to be sent.
  static let outputRoom = 256 * 1024

  private(set) var input: [UInt8] = []
  private(set) var inputEnd = InputEnd.open
  /// Whether the handler has asked for the body.
  private(set) var isBodyWanted = false
  private var isReaderWaiting = false

  private(set) var response: HTTPResponse?

  private var output: [UInt8] = []
  private var outputStart = 0
  private var outputEnd = OutputEnd.open
  private(set) var areWritersWaiting = false

  /// Whether the connection sleeps until the task does something.
  private var isSuspended = false
  /// Whether nobody is there any more to read what is written.
  private(set) var isGone = false

  // MARK: By the task

  /// The handler wants the next bytes. After `wait` it gets them when `reader` is woken.
  mutating func requestChunk() -> (chunk: Chunk, wakes: Wakes) {
    isBodyWanted = true
    if !input.isEmpty {
      let bytes = input
      input = []
      return (.bytes(bytes), wakeLoop())
    }
    switch inputEnd {
    case .finished: return (.end, [])
    case .failed(let error): return (.failure(error), [])
    case .open:
      isReaderWaiting = true
      return (.wait, wakeLoop())
    }
  }

  /// The handler has answered. What is left of the body is not wanted.
  mutating func respond(_ response: HTTPResponse) -> Wakes {
    self.response = response
    input = []
    isSuspended = false
    return .loop
  }

  /// The task writes a part of the body.
  ///
  /// - Returns: Nil when nobody is there any more.
  mutating func write(_ bytes: [UInt8]) -> (mustWait: Bool, wakes: Wakes)? {
    guard !isGone, outputEnd == .open else { return nil }
    output += bytes
    areWritersWaiting = areWritersWaiting || waitingOutput >= ExchangeState.outputRoom
    return (waitingOutput >= ExchangeState.outputRoom, wakeLoop())
  }

  /// The task has written all, or has failed.
  mutating func finishWriting(failed: Bool) -> Wakes {
    outputEnd = failed ? .failed : .finished
    return wakeLoop()
  }

  // MARK: By the loop

  /// Whether the connection may sleep. When not, something has happened meanwhile that it has to look at.
  mutating func suspend(unless isReady: (ExchangeState) -> Bool) -> Bool {
    if isReady(self) { return false }
    isSuspended = true
    return true
  }

  /// Bytes of the body have come.
  ///
  /// - Returns: Whether they were taken. When not, the connection has to sleep.
  mutating func receive(_ bytes: UnsafeRawBufferPointer) -> (isTaken: Bool, wakes: Wakes) {
    guard response == nil else { return (true, []) }
    guard input.count < ExchangeState.inputRoom else {
      isSuspended = true
      return (false, [])
    }
    input += bytes
    return (true, wakeReader())
  }

  /// The body is at its end.
  mutating func endInput(_ end: InputEnd) -> Wakes {
    guard case .open = inputEnd else { return [] }
    inputEnd = end
    return wakeReader()
  }

  /// Takes bytes that can be sent. After `wait` the connection has to sleep.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> (piece: Piece, wakes: Wakes) {
    let count = min(waitingOutput, buffer.count)
    if count > 0 {
      output.withUnsafeBytes { bytes in
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[outputStart..<outputStart + count]))
      }
      outputStart += count
      if outputStart == output.count {
        output.removeAll(keepingCapacity: output.count <= ExchangeState.outputRoom)
        outputStart = 0
      }
      return (.bytes(count), wakeWriters())
    }
    switch outputEnd {
    case .finished: return (.end, [])
    case .failed: return (.failure, [])
    case .open:
      if isGone { return (.failure, []) }
      isSuspended = true
      return (.wait, wakeWriters())
    }
  }

  /// Nobody is there any more: who waits goes on, and fails.
  mutating func leave() -> Wakes {
    guard !isGone else { return [] }
    isGone = true
    var wakes = endInput(.failed(.disconnected))
    if areWritersWaiting {
      areWritersWaiting = false
      wakes.insert(.writers)
    }
    return wakes.union(wakeLoop())
  }

  /// Whether a reader that waits has nothing to go on with.
  var isInputQuiet: Bool {
    if case .open = inputEnd { return input.isEmpty }
    return false
  }

  // MARK: Inside

  private var waitingOutput: Int { output.count - outputStart }

  private mutating func wakeLoop() -> Wakes {
    guard isSuspended else { return [] }
    isSuspended = false
    return .loop
  }

  private mutating func wakeReader() -> Wakes {
    guard isReaderWaiting else { return [] }
    isReaderWaiting = false
    return .reader
  }

  /// Writers go on when half of the room is free, so that they do not go back and forth for every few bytes.
  private mutating func wakeWriters() -> Wakes {
    guard areWritersWaiting, waitingOutput <= ExchangeState.outputRoom / 2 else { return [] }
    areWritersWaiting = false
    return .writers
  }
}
