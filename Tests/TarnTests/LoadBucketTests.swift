import Foundation
import LakeSettings
import TestKit
import Testing

@Suite(
  "tarn load: buckets", .serialized, .enabled(if: TestS3.isInstalled, "scripts/setup-tests installs moto"))
struct LoadBucketTests {
  /// A workspace whose lake lies in a bucket, which is also where the rows to load are put.
  private func lab(_ scheme: String) async throws -> (CommandLab, TarnProcess, source: String) {
    let storage = try await TestS3.storage()
    let endpoint = try #require(storage.endpoint)
    let lab = try CommandLab()
    try lab.folder.write(
      """
      lakes:
        main:
          catalog: sqlite
          storage: {url: \(scheme)://lakes/\(storage.prefix), endpoint: "\(endpoint)", tls: false, key_id_env: LAKE_ID, secret_env: LAKE_SECRET}
      """, to: "tarn.yaml")
    let prefix = scheme == "s3" ? "AWS" : "GCS"
    let process = TarnProcess(
      in: lab.folder.path,
      environment: [
        "LAKE_ID": TestS3.keyID, "LAKE_SECRET": TestS3.secret, "\(prefix)_ACCESS_KEY_ID": TestS3.keyID,
        "\(prefix)_SECRET_ACCESS_KEY": TestS3.secret, "\(prefix)_ENDPOINT_URL": "http://\(endpoint)",
        "AWS_REGION": "us-east-1",
      ])
    return (lab, process, "\(scheme)://lakes/\(storage.prefix)-raw")
  }

  private func put(_ lab: CommandLab, _ endpoint: TarnProcess, _ key: String, _ text: String) async throws {
    let python = TarnProcess(
      in: lab.folder.path, environment: endpoint.environment,
      executable: Checkout.folder + "/.deps/test-venv/bin/python")
    let made = try await python.run(
      "-c",
      """
      import boto3, os
      s3 = boto3.client("s3", endpoint_url=os.environ.get("AWS_ENDPOINT_URL") or os.environ["GCS_ENDPOINT_URL"], aws_access_key_id=os.environ["LAKE_ID"],
        aws_secret_access_key=os.environ["LAKE_SECRET"], region_name="us-east-1")
      s3.put_object(Bucket="lakes", Key="\(key)", Body=b'\(text)')
      """)
    try #require(made.status == 0, "\(made)")
  }

  @Test(arguments: ["s3", "gs"])
  func `files in a bucket, into a lake in one`(scheme: String) async throws {
    let (lab, process, source) = try await lab(scheme)
    let key = String(source.split(separator: "/").last ?? "")
    try await put(lab, process, key + "/orders/a.jsonl", #"{"id": 1}\n{"id": 2}\n"#)
    try await put(lab, process, key + "/orders/b.jsonl", #"{"id": 3}\n"#)
    let loaded = try await process.run("load", source + "/orders/*.jsonl", "--into", "s", "--new-files")
    #expect(loaded.errors.contains("loaded 3 rows into main/s (snapshot 1, "), "\(loaded)")
    try await put(lab, process, key + "/orders/c.jsonl", #"{"id": 4}\n"#)
    let next = try await process.run("load", source + "/orders/*.jsonl", "--into", "s", "--new-files")
    #expect(next.errors.contains("skipped 2 files") && next.errors.contains("loaded 1 row"), "\(next)")
    let found = try await process.run("sql", "--json", "SELECT list(id ORDER BY id) AS ids FROM s.orders")
    #expect(found.output == "[{\"ids\":[1,2,3,4]}]\n", "\(found)")
    if scheme == "gs" {
      // The other spelling.
      let other = try await process.run(
        "load", "gcs" + source.dropFirst(2) + "/orders/c.jsonl", "--into", "t", "--table", "one")
      #expect(other.errors.contains("loaded 1 row"), "\(other)")
    }
    let missing = try await process.run("load", source + "/none/*.jsonl", "--into", "s")
    #expect(missing.status == 1 && missing.errorLines.count == 1, "\(missing)")
    #expect(missing.errors.contains("there is no file like"), "\(missing)")
    for outcome in [loaded, next, missing] {
      #expect(!outcome.errors.contains(TestS3.secret) && !outcome.output.contains(TestS3.secret))
    }
    let secrets = try await process.run(
      "sql", "--json",
      "SELECT count(*)::INT AS n FROM duckdb_secrets() WHERE secret_string LIKE '%\(TestS3.secret)%'")
    #expect(!secrets.output.contains(#""n":1"#), "\(secrets)")
    let grep = TarnProcess(in: lab.folder.path, executable: "/bin/grep")
    #expect(try await grep.run("-r", TestS3.secret, lab.folder.path).output.isEmpty)
  }
}
