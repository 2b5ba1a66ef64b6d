import Foundation
import TestKit
import Testing

@Suite("tarn load: connections to REST APIs", .serialized) struct LoadAPIConnectionTests {
  private static let openssl = "/usr/bin/openssl"

  /// A server with a certificate that no authority vouches for.
  private static func secureServer(in folder: TemporaryFolder) async throws -> (
    server: TestServer, port: String
  ) {
    let made = try await TarnProcess(in: folder.path, executable: openssl).run(
      "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "certificate.pem",
      "-days",
      "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    try #require(made.status == 0, "\(made)")
    let script = """
      import http.server, ssl, sys, threading
      class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
          self.send_response(200); self.end_headers(); self.wfile.write(b'[{"a": 1}]')
        def log_message(self, *_): pass
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
      context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
      context.load_cert_chain("\(folder["certificate.pem"])", "\(folder["key.pem"])")
      server.socket = context.wrap_socket(server.socket, server_side=True)
      threading.Thread(target=server.serve_forever, daemon=True).start()
      print("READY", server.server_address[1], flush=True)
      sys.stdin.read()
      """
    let (server, line) = try await TestServer.start("/usr/bin/python3", ["-c", script], until: "READY ")
    return (server, line.split(separator: " ").last.map(String.init) ?? "")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: openssl)))
  func `certificates are checked`() async throws {
    let lab = try CommandLab()
    let (server, port) = try await Self.secureServer(in: lab.folder)
    func declare(_ host: String) throws {
      try lab.folder.write(
        "source: {rest_api: {client: {base_url: 'https://\(host):\(port)'}, resources: [r]}}\ninto: shop\n",
        to: "api.yaml")
    }
    try declare("localhost")
    try await lab.fails(
      "load", "-f", "api.yaml", saying: "the server's certificate is not accepted",
      "Check base_url and the machine's certificate authorities")
    let trusting = TarnProcess(
      in: lab.folder.path, environment: ["SSL_CERT_FILE": lab.folder["certificate.pem"]])
    let loaded = try await trusting.run("load", "-f", "api.yaml")
    #expect(loaded.errors.contains("loaded 1 row"), "\(loaded)")
    // The certificate is one of localhost, not of its number.
    try declare("127.0.0.1")
    let other = try await trusting.run("load", "-f", "api.yaml")
    #expect(other.errors.contains("the server's certificate is not accepted"), "\(other)")
    await server.end()
  }

  @Test func `proxies of the environment`() async throws {
    let api = try await APILab(#"[{"path": "/r", "body": [{"a": 1}]}]"#)
    let path = api.base.split(separator: "/").last ?? ""
    let proxy = String(api.base.dropLast(path.count + 1))
    try api.lab.folder.write(
      "source: {rest_api: {client: {base_url: 'http://shop.invalid/\(path)', request_max_attempts: 1}, resources: [r]}}\ninto: shop\n",
      to: "api.yaml")
    try await api.fails(saying: "Could not resolve host")
    let loaded = try await api.process(["http_proxy": proxy]).run("load", "-f", "api.yaml")
    #expect(loaded.errors.contains("loaded 1 row"), "\(loaded)")
    let without = try await api.process(["http_proxy": proxy, "no_proxy": "shop.invalid"]).run(
      "load", "-f", "api.yaml")
    #expect(without.errors.contains("Could not resolve host"), "\(without)")
  }
}
