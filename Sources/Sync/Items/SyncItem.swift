public import JSON
internal import Secrets

/// One script, resource, variable or folder, as both a server and files have it.
public struct SyncItem: Sendable {
  public let key: SyncKey
  /// A script's text, byte for byte; nil of other kinds.
  public let text: String?
  /// A script's language, by the name that the server keeps; nil of other kinds.
  public let language: String?
  /// All else, as its file of YAML has it: in a fixed order, without what goes without saying. Secrets are masked, except in
  /// a file in which somebody wrote one.
  public let settings: JSONObject
  /// The hash of the server's version; nil of what comes from files, and of kinds that have no versions.
  public let version: String?

  public init(
    _ key: SyncKey, settings: JSONObject, text: String? = nil, language: String? = nil, version: String? = nil
  ) {
    self.key = key
    self.settings = settings
    self.text = text
    self.language = language
    self.version = version
  }

  /// What the item says, as short texts by which it is compared and remembered.
  public struct Fingerprint: Sendable, Hashable {
    /// Of the text; of kinds that have none, of nothing.
    public let text: String
    /// Of the language and the settings.
    public let settings: String

    public init(text: String, settings: String) {
      self.text = text
      self.settings = settings
    }
  }

  public var fingerprint: Fingerprint { Self.fingerprint(text: text, language: language, settings: settings) }

  /// Of a script that has no file beside its text.
  public var bareFingerprint: Fingerprint {
    Self.fingerprint(text: text, language: language, settings: JSONObject())
  }

  /// The item with masks in the places of secrets.
  public var masked: SyncItem {
    guard key.kind == .resource, let value = settings["value"] else { return self }
    var settings = settings
    settings["value"] = SecretMask.masked(value)
    return SyncItem(key, settings: settings, text: text, language: language, version: version)
  }

  private static func fingerprint(text: String?, language: String?, settings: JSONObject) -> Fingerprint {
    Fingerprint(
      text: short(text ?? ""), settings: short((language ?? "") + "\n" + JSONValue.object(settings).text))
  }

  private static func short(_ text: String) -> String { String(Digest.of(text).prefix(32)) }
}
