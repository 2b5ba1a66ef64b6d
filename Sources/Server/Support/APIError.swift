internal import Accounts
internal import FileStores
public import HTTPServer
internal import Jobs
internal import Secrets
internal import Store

/// An answer that says no: a status, and one line of text for people. Clients of Windmill's show that line as it is.
public struct APIError: HTTPRespondingError, CustomStringConvertible {
  public let status: HTTPStatus
  public let message: String

  init(_ status: HTTPStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Whether somebody known was kept from something.
  var isDenial: Bool { status == .forbidden || status == .unauthorized }

  public var response: HTTPResponse { .text(message, status: status) }
  public var description: String { message }

  /// What a client is told of an error of ours; nil for one that is none of its business.
  init?(_ error: any Error) {
    switch error {
    case let error as APIError: self = error
    case let error as AccountError:
      let status: HTTPStatus =
        switch error.code {
        case .notFound: .notFound
        case .changed: .conflict
        default: .badRequest
        }
      self.init(status, error.description)
    case let error as JobError:
      let status: HTTPStatus =
        switch error.code {
        case .notFound: .notFound
        case .noWorker: .serviceUnavailable
        default: .conflict
        }
      self.init(status, error.description)
    case let error as FileStoreError:
      let status: HTTPStatus =
        switch error.code {
        case .badKey, .wrongPart: .badRequest
        case .notFound, .noUpload: .notFound
        case .refused: .badGateway
        case .unavailable: .badGateway
        }
      self.init(status, error.description)
    case let error as SecretsError: self.init(.internalServerError, error.description)
    case let error as StoreError where error.code == .unavailable || error.code == .transient:
      self.init(.serviceUnavailable, "the server's store cannot be used at the moment; try again")
    default: return nil
    }
  }
}
