internal import Accounts
internal import FileStores
internal import Foundation
internal import HTTPServer
internal import Jobs
internal import Store

/// An answer to a client of object storage that says no, with a code of S3's.
struct ObjectError: Error {
  let code: Code
  let message: String

  /// S3's codes, as far as they are needed.
  enum Code: String {
    case accessDenied = "AccessDenied"
    case authorizationHeaderMalformed = "AuthorizationHeaderMalformed"
    case badDigest = "BadDigest"
    case expiredToken = "ExpiredToken"
    case incompleteBody = "IncompleteBody"
    case internalError = "InternalError"
    case invalidAccessKeyID = "InvalidAccessKeyId"
    case invalidArgument = "InvalidArgument"
    case invalidPart = "InvalidPart"
    case invalidPartOrder = "InvalidPartOrder"
    case invalidRange = "InvalidRange"
    case keyTooLong = "KeyTooLongError"
    case malformedXML = "MalformedXML"
    case methodNotAllowed = "MethodNotAllowed"
    case noSuchBucket = "NoSuchBucket"
    case noSuchKey = "NoSuchKey"
    case noSuchUpload = "NoSuchUpload"
    case notImplemented = "NotImplemented"
    case preconditionFailed = "PreconditionFailed"
    case requestTimeTooSkewed = "RequestTimeTooSkewed"
    case serviceUnavailable = "ServiceUnavailable"
    case signatureDoesNotMatch = "SignatureDoesNotMatch"

    var status: HTTPStatus {
      switch self {
      case .accessDenied, .invalidAccessKeyID, .requestTimeTooSkewed, .signatureDoesNotMatch: .forbidden
      case .noSuchBucket, .noSuchKey, .noSuchUpload: .notFound
      case .methodNotAllowed: .methodNotAllowed
      case .preconditionFailed: HTTPStatus(412)
      case .invalidRange: HTTPStatus(416)
      case .notImplemented: .notImplemented
      case .serviceUnavailable: .serviceUnavailable
      case .internalError: .internalServerError
      case .authorizationHeaderMalformed, .badDigest, .expiredToken, .incompleteBody, .invalidArgument,
        .invalidPart, .invalidPartOrder, .keyTooLong, .malformedXML:
        .badRequest
      }
    }
  }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  static let unsigned = ObjectError(
    .accessDenied, "the request is not signed; ask job_helpers/v2/…_connection_settings for a key")

  /// What a client is told of an error of ours; nil for one that is none of its business.
  init?(_ error: any Error) {
    switch error {
    case let error as ObjectError: self = error
    case let error as SignatureProblem: self.init(error)
    case let error as PayloadProblem: self.init(error)
    case is XMLProblem: self.init(.malformedXML, "the body is not the XML that this takes")
    case let error as FileStoreError: self.init(error)
    case let error as APIError:
      self.init(error.status == .notFound ? .noSuchBucket : .accessDenied, error.message)
    case let error as StoreError where error.code == .unavailable || error.code == .transient:
      self.init(.serviceUnavailable, "the server's store cannot be used at the moment; try again")
    default: return nil
    }
  }

  private init(_ problem: SignatureProblem) {
    switch problem {
    case .malformed:
      self.init(.authorizationHeaderMalformed, "the signature of the request is none of AWS4-HMAC-SHA256")
    case .skewed:
      self.init(.requestTimeTooSkewed, "the request's time is more than 15 minutes from the server's")
    case .expired: self.init(.accessDenied, "the address has expired")
    case .unknownPayload: self.init(.notImplemented, "the body is signed in a way that is not known here")
    case .unsignedFields:
      self.init(.accessDenied, "the signature must cover 'host' and all header fields that begin with x-amz-")
    }
  }

  private init(_ problem: PayloadProblem) {
    switch problem {
    case .malformed, .wrongLength: self.init(.incompleteBody, "the body has not the form that it says")
    case .wrongSignature:
      self.init(.signatureDoesNotMatch, "a piece of the body is not signed as the request is")
    case .wrongSum: self.init(.badDigest, "the body is not what its hash or checksum says")
    }
  }

  private init(_ error: FileStoreError) {
    let code: Code =
      switch error.code {
      case .badKey: .invalidArgument
      case .notFound: .noSuchKey
      case .noUpload: .noSuchUpload
      case .wrongPart: .invalidPart
      case .refused, .unavailable: .serviceUnavailable
      }
    self.init(code, error.message)
  }

  func response(for request: HTTPRequest) -> HTTPResponse {
    var xml = XMLWriter()
    xml.element("Error") {
      $0.element("Code", code.rawValue)
      $0.element("Message", message)
      $0.element("Resource", request.path)
    }
    return .xml(xml, status: code.status)
  }
}

extension HTTPResponse {
  static func xml(_ xml: XMLWriter, status: HTTPStatus = .ok) -> HTTPResponse {
    .bytes(Array(xml.text.utf8), type: "application/xml", status: status)
  }
}
