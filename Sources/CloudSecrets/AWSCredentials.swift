internal import Foundation
internal import HTTPClient
internal import JSON

/// Who this process is for Amazon, as its own programs find it out: from the environment, the shared files, or the machine it
/// runs on.
struct AWSCredentials: Sendable {
  let keyID: String
  let secret: String
  /// Of temporary credentials.
  let sessionToken: String?

  /// - Throws: ``CloudSecretError``; `CancellationError`.
  static func find(in settings: AWSSettings, _ transport: any HTTPTransport) async throws -> AWSCredentials {
    if let found = of(settings.variable) { return found }
    if let found = settings.credentials.flatMap({ section in of { section[$0.lowercased()] } }) {
      return found
    }
    if let found = try await ofContainer(settings, transport) { return found }
    if let found = try await ofMachine(settings, transport) { return found }
    throw CloudSecretError(
      "there are no credentials for AWS",
      hint: "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role.")
  }

  private static func of(_ value: (String) -> String?) -> AWSCredentials? {
    guard let keyID = value("AWS_ACCESS_KEY_ID"), let secret = value("AWS_SECRET_ACCESS_KEY") else {
      return nil
    }
    return AWSCredentials(keyID: keyID, secret: secret, sessionToken: value("AWS_SESSION_TOKEN"))
  }

  // MARK: Where it runs

  /// Of a task in ECS, or a pod in EKS.
  private static func ofContainer(_ settings: AWSSettings, _ transport: any HTTPTransport) async throws
    -> AWSCredentials?
  {
    let address: String
    if let path = settings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
      address = "http://169.254.170.2" + path
    } else if let full = settings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
      address = full
    } else {
      return nil
    }
    guard let url = URL(string: address) else {
      throw CloudSecretError("AWS_CONTAINER_CREDENTIALS_FULL_URI is no address")
    }
    var request = ClientRequest(url: url)
    request.timeout = .seconds(5)
    var token = settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN")
    if let path = settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
      token = try? String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(
        in: .whitespacesAndNewlines)
    }
    if let token { request.setHeader("Authorization", token) }
    return try await credentials(at: request, transport, "the container's credentials")
  }

  /// Of a machine in EC2, by the second version of its metadata service.
  private static func ofMachine(_ settings: AWSSettings, _ transport: any HTTPTransport) async throws
    -> AWSCredentials?
  {
    guard settings.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() != "true" else { return nil }
    let base = settings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
    let roles = "/latest/meta-data/iam/security-credentials/"
    guard let tokenURL = URL(string: base + "/latest/api/token"), let rolesURL = URL(string: base + roles)
    else { throw CloudSecretError("AWS_EC2_METADATA_SERVICE_ENDPOINT is no address") }
    var asking = ClientRequest(
      url: tokenURL, method: "PUT", headers: [("X-aws-ec2-metadata-token-ttl-seconds", "60")], body: [])
    // Elsewhere nobody answers at all.
    asking.timeout = .seconds(1)
    let answer: ClientAnswer
    do { answer = try await transport.send(asking) } catch is ClientFailure { return nil }
    guard answer.status == 200 else { return nil }
    let token = ("X-aws-ec2-metadata-token", String(decoding: answer.body, as: UTF8.self))
    var request = ClientRequest(url: rolesURL, headers: [token])
    request.timeout = .seconds(5)
    guard let list = try? await transport.send(request), list.status == 200,
      let role = String(decoding: list.body, as: UTF8.self).split(whereSeparator: \.isNewline).first,
      let url = URL(string: base + roles + role)
    else { return nil }
    request.url = url
    return try await credentials(at: request, transport, "the machine's role")
  }

  private static func credentials(
    at request: ClientRequest, _ transport: any HTTPTransport, _ what: String
  ) async throws -> AWSCredentials {
    let answer: ClientAnswer
    do { answer = try await transport.send(request) } catch let failure as ClientFailure {
      throw CloudSecretError("\(what) cannot be asked for: \(failure.message)")
    }
    guard answer.status == 200,
      let object = (try? answer.body.withUnsafeBytes { try JSONValue(parsing: $0) })?.object,
      let keyID = object["AccessKeyId"]?.string, let secret = object["SecretAccessKey"]?.string
    else { throw CloudSecretError("\(what) cannot be had: the answer is \(answer.status)") }
    return AWSCredentials(keyID: keyID, secret: secret, sessionToken: object["Token"]?.string)
  }
}
