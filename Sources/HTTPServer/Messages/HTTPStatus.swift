/// The number that says how a request went.
public struct HTTPStatus: Sendable, Hashable, CustomStringConvertible {
  /// From 200 to 599; those below 200 are the server's own.
  public let code: Int

  /// - Parameter code: The number.
  public init(_ code: Int) {
    self.code = code
  }

  public static let ok = HTTPStatus(200)
  public static let created = HTTPStatus(201)
  public static let accepted = HTTPStatus(202)
  public static let noContent = HTTPStatus(204)
  public static let movedPermanently = HTTPStatus(301)
  public static let found = HTTPStatus(302)
  public static let seeOther = HTTPStatus(303)
  public static let notModified = HTTPStatus(304)
  public static let temporaryRedirect = HTTPStatus(307)
  public static let badRequest = HTTPStatus(400)
  public static let unauthorized = HTTPStatus(401)
  public static let forbidden = HTTPStatus(403)
  public static let notFound = HTTPStatus(404)
  public static let methodNotAllowed = HTTPStatus(405)
  public static let notAcceptable = HTTPStatus(406)
  public static let requestTimeout = HTTPStatus(408)
  public static let conflict = HTTPStatus(409)
  public static let gone = HTTPStatus(410)
  public static let contentTooLarge = HTTPStatus(413)
  public static let targetTooLong = HTTPStatus(414)
  public static let unsupportedMediaType = HTTPStatus(415)
  public static let expectationFailed = HTTPStatus(417)
  public static let unprocessableContent = HTTPStatus(422)
  public static let tooManyRequests = HTTPStatus(429)
  public static let headTooLarge = HTTPStatus(431)
  public static let internalServerError = HTTPStatus(500)
  public static let notImplemented = HTTPStatus(501)
  public static let badGateway = HTTPStatus(502)
  public static let serviceUnavailable = HTTPStatus(503)
  public static let gatewayTimeout = HTTPStatus(504)

  /// Whether a response with this status may have a body.
  public var allowsBody: Bool { code >= 200 && code != 204 && code != 304 }

  public var description: String { String(code) }
}
