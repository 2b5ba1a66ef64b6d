/// What went wrong with an API or its declaration, in one line without secrets.
public struct RESTSourceError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure.
  public struct Code: Sendable, Hashable, RawRepresentable {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// The declaration cannot be used.
    public static let declaration = Code(rawValue: "declaration")
    /// A credential or a folder cannot be had.
    public static let settings = Code(rawValue: "settings")
    /// The server cannot be reached, or the connection broke.
    public static let connection = Code(rawValue: "connection")
    /// The server answered with an error.
    public static let status = Code(rawValue: "status")
    /// The answer cannot be read.
    public static let answer = Code(rawValue: "answer")
    /// Pages do not end.
    public static let pagination = Code(rawValue: "pagination")
    /// A size or a time was exceeded.
    public static let limit = Code(rawValue: "limit")
  }

  public var code: Code
  /// What is wrong.
  public var message: String
  /// What to do.
  public var hint: String?
  /// The resource whose request failed.
  public var resource: String?
  /// The URL, without secrets.
  public var url: String?
  /// The status of the answer.
  public var status: Int?
  /// The beginning of the answer, without secrets.
  public var excerpt: String?
  /// The declaration's line, from 1.
  public var line: Int?

  public init(
    _ code: Code, _ message: String, hint: String? = nil, url: String? = nil, status: Int? = nil,
    excerpt: String? = nil, line: Int? = nil
  ) {
    self.code = code
    self.message = message
    self.hint = hint
    self.url = url
    self.status = status
    self.excerpt = excerpt
    self.line = line
  }

  public var description: String {
    var text = ""
    if let line { text += "line \(line): " }
    if let resource { text += "resource '\(resource)': " }
    text += message
    if let url { text += " (\(url))" }
    if let excerpt, !excerpt.isEmpty { text += ": \(excerpt)" }
    if let hint { text += ". \(hint)" }
    return text
  }

  func of(resource name: String) -> RESTSourceError {
    var error = self
    if error.resource == nil { error.resource = name }
    return error
  }
}
