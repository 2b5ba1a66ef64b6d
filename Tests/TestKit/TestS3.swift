import Foundation
public import LakeSettings

/// An S3 server of this test process's own (moto), started when it is first asked for.
public final class TestS3: Sendable {
  /// Whether scripts/setup-tests has been run.
  public static let isInstalled = FileManager.default.isExecutableFile(atPath: python)

  /// A Python with Amazon's library.
  public static let python = Checkout.folder + "/.deps/test-venv/bin/python"
  private static let shared = Task { try await TestS3() }

  /// The secret of its only key. It must turn up nowhere.
  public static let secret = "hidden-word-of-the-storage"
  /// The id of its only key.
  public static let keyID = "HIDDENKEYID"

  private let endpoint: String
  private let server: TestServer

  private init() async throws {
    let script = """
      import logging, sys
      logging.getLogger("werkzeug").setLevel(logging.ERROR)
      import boto3
      from moto.server import ThreadedMotoServer
      server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
      server.start()
      host, port = server.get_host_and_port()
      s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}", aws_access_key_id="\(Self.keyID)",
        aws_secret_access_key="\(Self.secret)", region_name="us-east-1")
      s3.create_bucket(Bucket="lakes")
      print(f"READY 127.0.0.1:{port}", flush=True)
      sys.stdin.read()
      """
    let (server, line) = try await TestServer.start(Self.python, ["-c", script], until: "READY ")
    self.server = server
    endpoint = String(line.split(separator: " ").last ?? "")
  }

  /// Where Amazon's services are on this server: `http://127.0.0.1:PORT`.
  public static func address() async throws -> String { "http://" + (try await shared.value.endpoint) }

  /// A storage in a folder of its own, in a bucket called `lakes`.
  public static func storage() async throws -> S3Storage {
    let endpoint = try await shared.value.endpoint
    return S3Storage(
      bucket: "lakes", prefix: "lake-" + UUID().uuidString.prefix(8).lowercased(), endpoint: endpoint,
      region: "us-east-1",
      pathStyle: true, useTLS: false, keyID: .value(keyID), secret: .value(secret))
  }
}
