/// A container of Azure's storage outside lakes, and how to reach it.
public struct AzureStorage: Sendable, Hashable, Codable {
  /// The beginning of the addresses that this is for, such as `az://container/`.
  public var url: String
  /// The account's connection string, which holds its key.
  public var connection: SecretSource?
  /// The account, for containers that anybody may read.
  public var account: String?

  /// The schemes of such addresses.
  public static let schemes = ["az", "azure", "abfss"]

  public init(url: String, connection: SecretSource? = nil, account: String? = nil) {
    self.url = url
    self.connection = connection
    self.account = account
  }
}
