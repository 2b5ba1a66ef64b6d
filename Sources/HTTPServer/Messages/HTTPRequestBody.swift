/// The body of a request, in chunks as they come. It can be read once, by one task.
///
/// The connection takes in more only as chunks are taken out, so a body of any size needs little memory. What a handler does
/// not read is thrown away.
public struct HTTPRequestBody: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  public typealias Failure = any Error

  enum Source: Sendable {
    case bytes([UInt8])
    case exchange(Exchange)
  }

  let source: Source
  private let limit: Int
  /// How long the body is, when the client says so. Nil for a chunked one.
  public let declaredLength: Int?

  /// A body for tests.
  public init(_ bytes: [UInt8]) {
    source = .bytes(bytes)
    limit = .max
    declaredLength = bytes.count
  }

  init(_ source: Source, declaredLength: Int?, limit: Int) {
    self.source = source
    self.declaredLength = declaredLength
    self.limit = limit
  }

  /// The same body with another limit in place of the server's.
  ///
  /// - Parameter bytes: How much is read before ``HTTPBodyError/Code/tooLarge`` is thrown.
  public func limited(to bytes: Int) -> HTTPRequestBody {
    HTTPRequestBody(source, declaredLength: declaredLength, limit: bytes)
  }

  /// Reads the whole body.
  ///
  /// - Parameter bytes: The most that it may have. A declared length above it throws before anything is read.
  /// - Throws: ``HTTPBodyError``: too large (the client gets a 413), stalled (408), or the client is gone.
  public func collect(upTo bytes: Int) async throws -> [UInt8] {
    var whole: [UInt8] = []
    for try await chunk in limited(to: bytes) {
      if whole.isEmpty {
        whole = chunk
      } else {
        whole += chunk
      }
    }
    return whole
  }

  public func makeAsyncIterator() -> Iterator {
    Iterator(source: source, limit: limit, declaredLength: declaredLength)
  }

  /// Reads the body chunk by chunk.
  public struct Iterator: AsyncIteratorProtocol {
    let source: Source
    let limit: Int
    let declaredLength: Int?
    private var count = 0
    private var isFinished = false

    init(source: Source, limit: Int, declaredLength: Int?) {
      self.source = source
      self.limit = limit
      self.declaredLength = declaredLength
    }

    /// The next bytes, never none of them, or nil at the end.
    public mutating func next() async throws -> [UInt8]? {
      if isFinished { return nil }
      if let declaredLength, declaredLength > limit {
        isFinished = true
        throw HTTPBodyError.tooLarge(limit: limit)
      }
      let chunk: [UInt8]?
      switch source {
      case .bytes(let bytes):
        chunk = count == 0 && !bytes.isEmpty ? bytes : nil
      case .exchange(let exchange):
        do {
          chunk = try await exchange.nextChunk()
        } catch {
          isFinished = true
          throw error
        }
      }
      guard let chunk else {
        isFinished = true
        return nil
      }
      count += chunk.count
      if count > limit {
        isFinished = true
        throw HTTPBodyError.tooLarge(limit: limit)
      }
      return chunk
    }
  }
}

/// Why a body could not be read. Thrown on by a handler, it becomes the response.
public struct HTTPBodyError: HTTPRespondingError, Hashable, CustomStringConvertible {
  /// What went wrong.
  public struct Code: Sendable, Hashable {
    private enum Kind { case tooLarge, stalled, disconnected }
    private let kind: Kind

    /// It has more bytes than allowed.
    public static let tooLarge = Code(kind: .tooLarge)
    /// The client stopped sending, or sends too slowly.
    public static let stalled = Code(kind: .stalled)
    /// The client went away, or the server stops.
    public static let disconnected = Code(kind: .disconnected)
  }

  public let code: Code
  public let description: String

  static func tooLarge(limit: Int) -> HTTPBodyError {
    HTTPBodyError(
      code: .tooLarge, description: "The request's body is too large: at most \(limit) bytes are taken.")
  }

  static let stalled = HTTPBodyError(
    code: .stalled, description: "The rest of the request's body did not come in time.")
  static let disconnected = HTTPBodyError(code: .disconnected, description: "The client is gone.")

  public var response: HTTPResponse {
    let status: HTTPStatus =
      switch code {
      case .tooLarge: .contentTooLarge
      case .stalled: .requestTimeout
      default: .badRequest
      }
    return .text(description + "\n", status: status)
  }
}
