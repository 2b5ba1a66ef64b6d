import Foundation
import TestKit
import Testing

@testable import HTTPServer

/// How servers start or say why not, and TLS.
@Suite struct StartTests {
  private func failure(_ configuration: HTTPServerConfiguration) async throws -> HTTPServerError {
    do {
      let server = try await HTTPServer.start(configuration) { _ in HTTPResponse() }
      await server.stop()
      throw RawClient.Failure(description: "it has started")
    } catch let error as HTTPServerError {
      #expect(!error.description.contains("\n"))
      return error
    }
  }

  @Test func aPortInUseIsSaid() async throws {
    let first = try await HTTPServer.start(HTTPServerConfiguration()) { _ in HTTPResponse() }
    let error = try await failure(HTTPServerConfiguration(port: first.port))
    #expect(error.code == .addressInUse)
    #expect(
      error.description
        == "127.0.0.1:\(first.port) is in use by another process: stop it, or choose another port")
    await first.stop()
    let second = try await HTTPServer.start(HTTPServerConfiguration(port: first.port)) { _ in HTTPResponse() }
    #expect(second.port == first.port)
    await second.stop()
  }

  @Test func hostsAndNumbersThatAreNoneAreSaid() async throws {
    #expect(try await failure(HTTPServerConfiguration(host: "no-such-host.invalid")).code == .noSuchHost)
    #expect(try await failure(HTTPServerConfiguration(host: "192.0.2.1")).code == .noSuchHost)
    #expect(try await failure(HTTPServerConfiguration(port: 65536)).code == .badConfiguration)
    var configuration = HTTPServerConfiguration()
    configuration.limits.connections = 0
    #expect(try await failure(configuration).code == .badConfiguration)
  }

  @Test func aServerThatNobodyHoldsStops() async throws {
    var server: HTTPServer? = try await HTTPServer.start(HTTPServerConfiguration()) { _ in HTTPResponse() }
    let port = try #require(server?.port)
    server = nil
    try await eventually("the port is free") {
      (try? await onThread { try RawClient(port: port) }) == nil
    }
  }

  // MARK: TLS

  /// A certificate that signs itself.
  private func certificate(_ folder: TemporaryFolder, _ name: String) async throws
    -> HTTPServerConfiguration.TLS
  {
    try await onThread {
      let arguments = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days",
        "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
        folder[name + ".key"], "-out", folder[name + ".pem"],
      ]
      try Program.run("/usr/bin/env", arguments, isQuiet: true)
      return HTTPServerConfiguration.TLS(
        certificate: try folder.read(name + ".pem"), key: try folder.read(name + ".key"))
    }
  }

  @Test func servesOverTLS() async throws {
    let folder = try TemporaryFolder("tls")
    let tls = try await certificate(folder, "a")
    let never = Gate()
    let begun = Gate()
    try await withServer {
      $0.tls = tls
      $0.limits.bodyTimeout = .milliseconds(500)
    } routes: { router in
      router.on(.get, "/x") { request in .text("\(request.isSecure)") }
      router.on(.post, "/echo") { request in
        .bytes(try await request.body.collect(upTo: 10 << 20), type: "text/plain")
      }
      router.on(.post, "/small") { request in
        .bytes(try await request.body.collect(upTo: 10), type: "text/plain")
      }
      router.on(.get, "/stream") { _ in
        .stream { writer in
          for _ in 0..<200 { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
        }
      }
      router.on(.get, "/wait") { _ in
        begun.open()
        await never.wait()
        return .text("late")
      }
    } _: { (server: HTTPServer) async throws in
      let base = "https://localhost:\(server.port)"
      let trust = ["--cacert", folder["a.pem"]]
      #expect(try await curl(trust + ["\(base)/x", "\(base)/x"]) == "truetrue")
      let body = String(repeating: "0123456789", count: 200_000)
      try folder.write(body, to: "body")
      #expect(try await curl(trust + ["--data-binary", "@" + folder["body"], "\(base)/echo"]) == body)
      #expect(
        try await curl(
          trust + ["-H", "Transfer-Encoding: chunked", "--data-binary", "@" + folder["body"], "\(base)/echo"])
          == body)
      #expect(try await curl(trust + ["\(base)/stream"]).utf8.count == 2_000_000)
      // The answer that goes past libmicrohttpd is encrypted too.
      for kind in ["Expect:", "Transfer-Encoding: chunked"] {
        #expect(
          try await curl(
            trust + [
              "-H", "Expect:", "-H", kind, "--data-binary", "@" + folder["body"], "-w", " %{http_code}",
              "\(base)/small",
            ])
            == "The request's body is too large: at most 10 bytes are taken.\n 413")
      }
      // TLS 1.1 is refused, and so is plain HTTP.
      #expect(try await curl(trust + ["--tls-max", "1.1", "-w", "%{http_code}", "\(base)/x"]) == "000")
      #expect(try await curl(["-w", "%{http_code}", "http://localhost:\(server.port)/x"]).hasSuffix("000"))
      let leaving = Task { try await curl(trust + ["--max-time", "1", "\(base)/wait"]) }
      await begun.wait()
      _ = try await leaving.value
      try await eventually("the task of the client that left ends") { server.load.tasks == 0 }
    }
  }

  @Test func certificatesThatDoNotServeAreSaid() async throws {
    let folder = try TemporaryFolder("tls")
    let first = try await certificate(folder, "a")
    let second = try await certificate(folder, "b")
    for tls in [
      HTTPServerConfiguration.TLS(certificate: "nonsense", key: first.key),
      HTTPServerConfiguration.TLS(certificate: first.certificate, key: "nonsense"),
      HTTPServerConfiguration.TLS(certificate: first.certificate, key: second.key),
      HTTPServerConfiguration.TLS(certificate: "", key: ""),
    ] {
      let error = try await failure(HTTPServerConfiguration(tls: tls))
      #expect(error.code == .badCertificate)
      #expect(!error.description.contains("PRIVATE"))
    }
  }
}
