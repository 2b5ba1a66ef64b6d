/// What a request asks for, such as `GET`. Names are case-sensitive.
public struct HTTPMethod: Sendable, Hashable, CustomStringConvertible {
  /// The method as it was sent.
  public let name: String

  /// A method of any name.
  public init(_ name: String) {
    self.name = name
  }

  public static let get = HTTPMethod("GET")
  public static let head = HTTPMethod("HEAD")
  public static let post = HTTPMethod("POST")
  public static let put = HTTPMethod("PUT")
  public static let patch = HTTPMethod("PATCH")
  public static let delete = HTTPMethod("DELETE")
  public static let options = HTTPMethod("OPTIONS")

  /// The methods that the server hands on. Others are answered with 501.
  public static let known: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options]

  public var description: String { name }
}
