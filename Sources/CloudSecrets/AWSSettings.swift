internal import Foundation

/// What the environment and the shared files (`~/.aws/config`, `~/.aws/credentials`) say of AWS.
struct AWSSettings: Sendable {
  private let environment: [String: String]
  /// The profile's keys in `~/.aws/credentials`, or else in `~/.aws/config`; names in small letters.
  let credentials: [String: String]?
  private let config: [String: String]?

  /// - Throws: ``CloudSecretError`` when a profile is named that is not there.
  init(environment: [String: String]) throws(CloudSecretError) {
    self.environment = environment
    func file(_ variable: String, _ name: String) -> String? {
      let path = environment[variable] ?? environment["HOME"].map { $0 + "/.aws/" + name }
      return path.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
    }
    let named = environment["AWS_PROFILE"].flatMap { $0.isEmpty ? nil : $0 }
    let profile = named ?? "default"
    let shared = file("AWS_SHARED_CREDENTIALS_FILE", "credentials").flatMap { Self.section(profile, of: $0) }
    config = file("AWS_CONFIG_FILE", "config").flatMap {
      Self.section("profile " + profile, of: $0) ?? Self.section(profile, of: $0)
    }
    credentials = shared ?? config
    if named != nil, credentials == nil {
      throw CloudSecretError(
        "there is no profile '\(profile.prefix(80))' of AWS",
        hint: "Correct AWS_PROFILE, or the file ~/.aws/credentials.")
    }
  }

  /// A variable that is set, and not empty.
  func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

  var region: String? {
    variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION") ?? config?["region"] ?? credentials?["region"]
  }

  /// Lines `[section]` and `name = value`; `#` and `;` begin a remark.
  private static func section(_ name: String, of text: String) -> [String: String]? {
    var section: [String: String]?
    var isInside = false
    for line in text.split(whereSeparator: \.isNewline) {
      let plain = line.trimmingCharacters(in: .whitespaces)
      if plain.hasPrefix("#") || plain.hasPrefix(";") { continue }
      if plain.hasPrefix("["), plain.hasSuffix("]") {
        isInside = plain.dropFirst().dropLast().trimmingCharacters(in: .whitespaces) == name
        if isInside, section == nil { section = [:] }
        continue
      }
      let pair = plain.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
      if isInside, pair.count == 2 { section?[pair[0].lowercased()] = pair[1] }
    }
    return section
  }
}
