import Foundation
import LakeSettings
import TestKit
import Testing

/// A server and a worker that share nothing but an address and a token.
@Suite(
  .enabled(
    if: TestS3.isInstalled && TestPostgreSQL.isInstalled, "scripts/setup-tests installs moto and PostgreSQL")
)
struct RemoteWorkerTests {
  @Test func aWorkerElsewhereNeedsNoCredentialsOfItsOwn() async throws {
    let storage = try await TestS3.storage()
    let catalog = try await TestPostgreSQL.catalog()
    let here = try TemporaryFolder("server")
    let there = try TemporaryFolder("worker")
    try here.write("\(TestPostgreSQL.password)\n", to: "password")
    try here.write(
      """
      lakes:
        main:
          catalog: {type: postgresql, host: 127.0.0.1, port: \(catalog.port), database: \(catalog.database), schema: \(catalog.schema ?? ""), user: \(catalog.user), password_file: password}
          storage: {url: s3://lakes/\(storage.prefix), endpoint: "\(storage.endpoint ?? "")", tls: false, region: us-east-1, key_id_env: LAKE_ID, secret_env: LAKE_SECRET}
      """, to: "tarn.yaml")
    let tarn = TarnProcess(
      in: here.path, environment: ["LAKE_ID": TestS3.keyID, "LAKE_SECRET": TestS3.secret])
    let server = try tarn.start(["server", "--port", "0"])
    guard await server.prints("Tarn's server: ") else {
      throw TestFailure("the server ended: \(await server.outcome())")
    }
    let address = try #require(server.outputSoFar.split(separator: " ").last).trimmingCharacters(
      in: .newlines)
    let worker = try TarnProcess(
      in: there.path,
      environment: [
        "TARN_URL": address,
        "TARN_TOKEN": try await tarn.run("token", "create", "--scope", "workers:run").output
          .trimmingCharacters(
            in: .newlines),
      ]
    ).start(["worker"])
    let lab = try UpLab()
    let up = UpLab.Up(
      process: server, address: address,
      token: try await tarn.run("token", "create").output.trimmingCharacters(in: .newlines))
    let made = try await lab.query("CREATE TABLE t AS SELECT range AS n FROM range(1000)", up)
    #expect(made.status == 200, "\(made.text)")
    #expect(try await lab.query("SELECT sum(n)::BIGINT AS n FROM t", up).text == #"[{"n":499500}]"#)
    // Its owner's own token does not open what workers are told.
    let settings = try await lab.get("/workers/settings", up)
    #expect(settings.status == 403)
    for text in [settings.text, worker.outputSoFar, server.outputSoFar] {
      #expect(!text.contains(TestS3.secret) && !text.contains(TestPostgreSQL.password))
    }
    worker.signal(SIGINT)
    #expect(await worker.outcome().status == 0)
    server.signal(SIGINT)
    #expect(await server.outcome().status == 0)
  }
}
