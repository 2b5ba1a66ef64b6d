/// An error that clients may see. All others become a 500 without details and go to the hook in the configuration.
public protocol HTTPRespondingError: Error {
  /// What the client gets.
  var response: HTTPResponse { get }
}
