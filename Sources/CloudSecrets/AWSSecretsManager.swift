internal import FileStores
internal import Foundation
internal import HTTPClient
internal import JSON

/// Reads secrets from AWS Secrets Manager.
public enum AWSSecretsManager {
  /// The secret's text; of one that is bytes, these in Base64.
  ///
  /// - Parameter environment: says where the service is and with which credentials, as Amazon's own programs have it.
  /// - Throws: ``CloudSecretError``; `CancellationError`.
  public static func text(
    of reference: AWSSecretReference, environment: [String: String]
  ) async throws -> String {
    let transport = CurlTransport(maximumConnections: 1)
    defer { transport.close() }
    let settings = try AWSSettings(environment: environment)
    guard let region = reference.region ?? settings.region else {
      throw CloudSecretError(
        "it is not said in which region the secret '\(reference.id)' is",
        hint: "Set AWS_REGION, or name the secret by its ARN.")
    }
    let credentials = try await AWSCredentials.find(in: settings, transport)
    let answer = try await answer(of: transport, to: reference, settings, region, credentials)
    guard let object = answer.object else {
      throw CloudSecretError("AWS Secrets Manager answers what is no secret")
    }
    if let bytes = object["SecretBinary"]?.string, reference.member == nil { return bytes }
    guard let text = object["SecretString"]?.string else {
      throw CloudSecretError("the secret '\(reference.id)' has no text")
    }
    guard let member = reference.member else { return text }
    guard let value = (try? JSONValue(parsing: text))?.object?[member]?.string else {
      throw CloudSecretError(
        "the secret '\(reference.id)' is no JSON object with a text '\(member.prefix(80))'")
    }
    return value
  }

  private static func answer(
    of transport: any HTTPTransport, to reference: AWSSecretReference, _ settings: AWSSettings,
    _ region: String, _ credentials: AWSCredentials
  ) async throws -> JSONValue {
    var base =
      settings.variable("AWS_ENDPOINT_URL_SECRETS_MANAGER") ?? settings.variable("AWS_ENDPOINT_URL")
      ?? "https://secretsmanager.\(region).amazonaws.com"
    while base.hasSuffix("/") { base.removeLast() }
    guard let url = URL(string: base + "/"), let name = url.host else {
      throw CloudSecretError("AWS_ENDPOINT_URL_SECRETS_MANAGER is no address")
    }
    let body = JSONValue.object(JSONObject(pairs: ["SecretId": .string(reference.id)])).text
    let own = [
      ("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "secretsmanager.GetSecretValue"),
    ]
    let signer = SigV4(
      keyID: credentials.keyID, secret: credentials.secret, region: region, service: "secretsmanager",
      sessionToken: credentials.sessionToken)
    let signed = signer.headers(
      method: "POST", path: "/", query: [],
      headers: own + [("host", url.port.map { "\(name):\($0)" } ?? name)],
      body: Array(body.utf8))
    var request = ClientRequest(url: url, method: "POST", headers: signed, body: Array(body.utf8))
    request.timeout = .seconds(20)
    request.maximumResponseSize = 1 << 20
    let answer: ClientAnswer
    do { answer = try await transport.send(request) } catch let failure as ClientFailure {
      throw CloudSecretError("AWS Secrets Manager at \(base) cannot be reached: \(failure.message)")
    }
    let json = try? answer.body.withUnsafeBytes { try JSONValue(parsing: $0) }
    guard answer.status == 200, let json else { throw problem(answer, json, reference, region) }
    return json
  }

  /// Its own message is left out: it may repeat what was sent.
  private static func problem(
    _ answer: ClientAnswer, _ json: JSONValue?, _ reference: AWSSecretReference, _ region: String
  ) -> CloudSecretError {
    let type = json?.object?["__type"]?.string ?? answer.header("x-amzn-ErrorType") ?? ""
    let code = type.split(separator: "#").last?.split(separator: ":").first.map(String.init) ?? ""
    switch code {
    case "ResourceNotFoundException":
      return CloudSecretError(
        "AWS Secrets Manager has no secret '\(reference.id)' in region \(region)",
        hint: "Correct the name or AWS_REGION, or make it: aws secretsmanager create-secret.")
    case "AccessDeniedException":
      return CloudSecretError(
        "AWS Secrets Manager does not let these credentials read '\(reference.id)'",
        hint: "Allow them secretsmanager:GetSecretValue on it, and kms:Decrypt on its key.")
    case "UnrecognizedClientException", "InvalidSignatureException", "InvalidClientTokenId",
      "ExpiredTokenException", "IncompleteSignature", "SignatureDoesNotMatch":
      return CloudSecretError(
        "AWS does not take these credentials: \(code)", hint: "Correct or renew them; check the clock.")
    default:
      return CloudSecretError(
        "AWS Secrets Manager answers \(answer.status)\(code.isEmpty ? "" : " \(code.prefix(80))")")
    }
  }
}
