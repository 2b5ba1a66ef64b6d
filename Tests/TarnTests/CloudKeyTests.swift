import Foundation
import TestKit
import Testing

/// The server's key in AWS Secrets Manager, as `TARN_SECRET_KEY` names it.
@Suite(.enabled(if: TestS3.isInstalled, "scripts/setup-tests puts the server for AWS in place"))
struct CloudKeyTests {
  private let folder: TemporaryFolder
  private let endpoint: String
  private let name = "tarn/key-\(UUID().uuidString)"

  init() async throws {
    folder = try TemporaryFolder("cloud-key")
    endpoint = try await TestS3.address()
  }

  /// Makes a secret by Amazon's own library.
  private func make(_ name: String, _ argument: String) async throws -> String {
    let script = """
      import boto3, sys
      client = boto3.client("secretsmanager", endpoint_url=sys.argv[1], aws_access_key_id="k", aws_secret_access_key="s", region_name="eu-west-1")
      print(client.create_secret(Name=sys.argv[2], **eval(sys.argv[3]))["ARN"])
      """
    let outcome = try await Program.finish(TestS3.python, ["-c", script, endpoint, name, argument])
    #expect(outcome.status == 0)
    return outcome.output.trimmingCharacters(in: .newlines)
  }

  private static func key(_ first: UInt8) -> String {
    Data((first..<(first + 32)).map { $0 }).base64EncodedString()
  }

  private func tarn(_ reference: String, _ more: [String: String] = [:]) -> TarnProcess {
    var environment = [
      "TARN_SECRET_KEY": reference, "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "eu-west-1",
      "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "hidden-key-of-aws",
      "AWS_EC2_METADATA_DISABLED": "true",
    ]
    environment.merge(more) { $1 }
    return TarnProcess(in: folder.path, environment: environment.filter { !$0.value.isEmpty })
  }

  /// The key that a store is opened with, as its backup has it.
  private func used(_ tarn: TarnProcess) async throws -> String {
    let copy = "copy-\(UUID().uuidString)"
    let outcome = try await tarn.run("backup", copy)
    #expect(outcome.status == 0, "\(outcome)")
    return try String(contentsOfFile: "\(folder.path)/\(copy)/secret.key", encoding: .utf8)
      .trimmingCharacters(
        in: .newlines)
  }

  @Test func `a secret of every form is the key`() async throws {
    let arn = try await make(name, "{'SecretString': '\(Self.key(1))'}")
    _ = try await make(name + "-json", "{'SecretString': '{\"user\": \"x\", \"key\": \"\(Self.key(2))\"}'}")
    _ = try await make(name + "-bytes", "{'SecretBinary': bytes(range(3, 35))}")
    #expect(try await TarnProcess(in: folder.path).run("init").status == 0)
    let plain = tarn("aws-secretsmanager:\(name)")
    #expect(try await plain.run("token", "create").status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/.tarn/server/secret.key"))
    #expect(try await used(plain) == Self.key(1))
    // By an ARN, which says the region.
    #expect(try await used(tarn("aws-secretsmanager:\(arn)", ["AWS_REGION": ""])) == Self.key(1))
    #expect(try await used(tarn("aws-secretsmanager:\(name)-json#key")) == Self.key(2))
    #expect(try await used(tarn("aws-secretsmanager:\(name)-bytes")) == Self.key(3))
  }

  @Test func `credentials come from files, and from the machine`() async throws {
    _ = try await make(name, "{'SecretString': '\(Self.key(1))'}")
    #expect(try await TarnProcess(in: folder.path).run("init").status == 0)
    #expect(try await tarn("aws-secretsmanager:\(name)").run("token", "create").status == 0)
    let none = ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]
    let home = folder.path + "/.aws"
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    try "[other]\naws_access_key_id=x\n# mine\n[mine]\naws_access_key_id = k\naws_secret_access_key = s\n"
      .write(
        toFile: home + "/credentials", atomically: true, encoding: .utf8)
    try "[default]\nregion = us-east-1\n[profile mine]\nregion = eu-west-1\n".write(
      toFile: home + "/config", atomically: true, encoding: .utf8)
    let profile = none.merging(["AWS_PROFILE": "mine", "AWS_REGION": ""]) { $1 }
    #expect(try await used(tarn("aws-secretsmanager:\(name)", profile)) == Self.key(1))
    let wrong = try await tarn("aws-secretsmanager:\(name)", profile.merging(["AWS_PROFILE": "no"]) { $1 })
      .run(
        "token", "create")
    #expect(wrong.errorLines.first?.contains("there is no profile 'no' of AWS") == true, "\(wrong)")

    // The second version of EC2's metadata service: a token is asked for first.
    let script = """
      import http.server, json
      class Machine(http.server.BaseHTTPRequestHandler):
          def say(self, text, status=200):
              self.send_response(status); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text.encode())
          def do_PUT(self):
              ok = self.path == "/latest/api/token" and "X-aws-ec2-metadata-token-ttl-seconds" in self.headers
              self.say("machine-token" if ok else "", 200 if ok else 400)
          def do_GET(self):
              if self.headers.get("X-aws-ec2-metadata-token") != "machine-token": return self.say("", 401)
              role = "/latest/meta-data/iam/security-credentials/"
              if self.path == role: return self.say("reader")
              self.say(json.dumps({"AccessKeyId": "k", "SecretAccessKey": "s", "Token": "t"}) if self.path == role + "reader" else "", 200)
          def log_message(self, *arguments): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Machine)
      print("READY", server.server_port, flush=True)
      server.serve_forever()
      """
    let (server, line) = try await TestServer.start(TestS3.python, ["-c", script], until: "READY ")
    defer { withExtendedLifetime(server) {} }
    let address = "http://127.0.0.1:\(line.split(separator: " ").last ?? "")"
    let machine = none.merging(
      ["AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": address, "HOME": "/nowhere"]) {
        $1
      }
    #expect(try await used(tarn("aws-secretsmanager:\(name)", machine)) == Self.key(1))
  }

  @Test func `what is wrong is told in one line, without a secret`() async throws {
    _ = try await make(name, "{'SecretString': 'too short for a key'}")
    #expect(try await TarnProcess(in: folder.path).run("init").status == 0)
    let nobody = ["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""]
    for (reference, more, says) in [
      ("no/such", [:], "AWS Secrets Manager has no secret 'no/such' in region eu-west-1"),
      (name, [:], "is not 32 bytes in Base64"), (name + "#key", [:], "is no JSON object with a text 'key'"),
      (name, ["AWS_REGION": ""], "it is not said in which region"), ("", [:], "names no secret"),
      (name, nobody, "there are no credentials for AWS"),
      (name, ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"], "http://127.0.0.1:1 cannot be reached"),
    ] as [(String, [String: String], String)] {
      let outcome = try await tarn("aws-secretsmanager:\(reference)", more).run("token", "create")
      #expect(outcome.status == 1, "\(says): \(outcome)")
      #expect(outcome.errorLines.count == 1 && outcome.errors.contains(says), "\(says): \(outcome)")
      #expect(!outcome.errors.contains("hidden-key-of-aws") && !outcome.errors.contains("too short"))
    }
    // One that is refused: the server answers as Amazon's does.
    let script = """
      import http.server
      class Denier(http.server.BaseHTTPRequestHandler):
          def do_POST(self):
              text = b'{"__type":"AccessDeniedException","Message":"User: arn:aws:iam::1:user/x may not"}'
              self.send_response(400); self.send_header("Content-Length", str(len(text))); self.end_headers(); self.wfile.write(text)
          def log_message(self, *arguments): pass
      server = http.server.HTTPServer(("127.0.0.1", 0), Denier)
      print("READY", server.server_port, flush=True)
      server.serve_forever()
      """
    let (server, line) = try await TestServer.start(TestS3.python, ["-c", script], until: "READY ")
    defer { withExtendedLifetime(server) {} }
    let denied = try await tarn(
      "aws-secretsmanager:\(name)",
      ["AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:\(line.split(separator: " ").last ?? "")"]
    ).run("token", "create")
    #expect(denied.errors.contains("does not let these credentials read '\(name)'"), "\(denied)")
  }
}
