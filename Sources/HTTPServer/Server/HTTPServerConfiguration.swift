/// How a server listens, and what it allows.
public struct HTTPServerConfiguration: Sendable {
  /// A certificate and its key.
  public struct TLS: Sendable {
    /// The certificate in PEM, followed by those of the authorities between it and the root.
    public var certificate: String
    /// The private key in PEM, without a password.
    public var key: String

    public init(certificate: String, key: String) {
      self.certificate = certificate
      self.key = key
    }
  }

  /// What clients may ask of the server. Whoever goes beyond is answered with the status named here, or cut off.
  public struct Limits: Sendable {
    /// How many connections there may be. More of them wait in the system's queue.
    public var connections = 8192
    /// How many connections one address may have; nil for any number. More of them are closed at once.
    public var connectionsOfAddress: Int?
    /// The bytes of the request's first line and header fields (431).
    public var headSize = 16 * 1024
    /// How many header fields there may be (431).
    public var headerFields = 128
    /// The bytes of path and query (414).
    public var targetLength = 8 * 1024
    /// The bytes of a body (413), where the handler sets no other limit.
    public var bodySize = 16 * 1024 * 1024
    /// How long the head of a request may take, from its connection on or its first line on.
    public var headerTimeout = Duration.seconds(15)
    /// How long a connection may wait for its next request.
    public var idleTimeout = Duration.seconds(75)
    /// How long the server waits for the next bytes of a body (408).
    public var bodyTimeout = Duration.seconds(30)
    /// The bytes in a second that a body has to come with in the long run (408). The body's time begins with ``bodyTimeout``, and its
    /// bytes lengthen it at this rate.
    public var bodyRate = 512
    /// How long the server waits for the client to take more of the response.
    public var writeTimeout = Duration.seconds(30)

    public init() {}
  }

  /// The name or address to listen on; `0.0.0.0` or `::` for all.
  public var host: String
  /// The port, or 0 for any that is free.
  public var port: Int
  /// Nil for plain HTTP.
  public var tls: TLS?
  public var limits: Limits
  /// Gets what a handler threw and clients do not see, and what libmicrohttpd could not do. The request is nil where the failure belongs to
  /// none. It is called on any thread and should return soon.
  public var onError: @Sendable (any Error, HTTPRequest?) -> Void

  public init(
    host: String = "127.0.0.1", port: Int = 0, tls: TLS? = nil, limits: Limits = Limits(),
    onError: @escaping @Sendable (any Error, HTTPRequest?) -> Void = { _, _ in }
  ) {
    self.host = host
    self.port = port
    self.tls = tls
    self.limits = limits
    self.onError = onError
  }
}
