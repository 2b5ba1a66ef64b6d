/// Why a server did not start, or could not send a response as it was given.
public struct HTTPServerError: Error, Hashable, CustomStringConvertible {
  /// What went wrong.
  public struct Code: Sendable, Hashable {
    private enum Kind {
      case addressInUse, noSuchHost, notPermitted, badCertificate, badConfiguration, badResponse, system
    }
    private let kind: Kind

    /// Another process listens there.
    public static let addressInUse = Code(kind: .addressInUse)
    /// The name is unknown, or the address is none of this machine.
    public static let noSuchHost = Code(kind: .noSuchHost)
    /// The port is reserved for other users.
    public static let notPermitted = Code(kind: .notPermitted)
    /// Certificate or key cannot be read, or do not belong together.
    public static let badCertificate = Code(kind: .badCertificate)
    /// A number in the configuration is out of range.
    public static let badConfiguration = Code(kind: .badConfiguration)
    /// A handler gave a status or a header field that cannot be sent.
    public static let badResponse = Code(kind: .badResponse)
    /// Anything else that the system refused.
    public static let system = Code(kind: .system)
  }

  public let code: Code
  /// One line: what, where, what to do.
  public let description: String
}
