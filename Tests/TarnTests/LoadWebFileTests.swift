import Foundation
import TestKit
import Testing

/// Files on an HTTP server, with and without what tells their versions.
@Suite struct LoadWebFileTests {
  /// A server with one file, `/t.jsonl`; what it says of it stands in files of the test's folder, read for each request: `body`, `tag`, `modified`.
  private static let program = #"""
    import http.server, os, sys, threading
    folder = sys.argv[1]
    def said(name):
        path = os.path.join(folder, name)
        return open(path).read() if os.path.exists(path) else ""
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        def answer(self):
            if self.path == "/moved.jsonl":
                self.send_response(302)
                self.send_header("Location", "/t.jsonl")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = said("body").encode()
            start, end, status = 0, len(body) - 1, 200
            wanted = self.headers.get("Range")
            if wanted:
                first, last = wanted.split("=")[1].split("-")
                start, end, status = int(first), min(int(last or end), end), 206
            part = body[start:end + 1]
            self.send_response(status)
            if status == 206: self.send_header("Content-Range", f"bytes {start}-{end}/{len(body)}")
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            if said("tag"): self.send_header("ETag", said("tag"))
            if said("modified"): self.send_header("Last-Modified", said("modified"))
            self.end_headers()
            if self.command == "GET": self.wfile.write(part)
        do_GET = do_HEAD = answer
        def log_message(self, *_): pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # It ends with the test.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print("READY", server.server_port, flush=True)
    server.serve_forever()
    """#

  @Test(arguments: ["t", "moved"]) func filesAreToldByTheirTags(_ name: String) async throws {
    let lab = try CommandLab()
    try lab.folder.write(Self.program, to: "server.py")
    let server = try await TestServer.start(
      "/usr/bin/env", ["python3", lab.folder["server.py"], lab.folder.path], until: "READY ")
    let port = server.line.split(separator: " ").last.map(String.init) ?? ""
    func load(expecting said: String, at location: SourceLocation = #_sourceLocation) async throws {
      let outcome = try await TarnProcess(in: lab.folder.path).run(
        "load", "http://127.0.0.1:\(port)/\(name).jsonl", "--into", "s", "--table", "t", "--new-files")
      #expect(outcome.status == 0 && outcome.errors.contains(said), "\(outcome)", sourceLocation: location)
    }
    func say(_ tag: String, _ modified: String, _ body: String) throws {
      for (name, text) in [("tag", tag), ("modified", modified), ("body", body)] {
        try lab.folder.write(text, to: name)
      }
    }
    let (early, late) = ("Mon, 02 Nov 2026 10:00:00 GMT", "Tue, 03 Nov 2026 10:00:00 GMT")
    try say("\"one\"", early, "{\"id\": 1}\n")
    try await load(expecting: "loaded 1 row")
    try await load(expecting: "skipped 1 file")
    // Put there again as it was.
    try say("\"one\"", late, "{\"id\": 1}\n")
    try await load(expecting: "skipped 1 file")
    // Changed within the same second, to the same size.
    try say("\"two\"", late, "{\"id\": 2}\n")
    try await load(expecting: "loaded 1 row")
    try await load(expecting: "skipped 1 file")
    // Without tags, times tell.
    try say("", late, "{\"id\": 2}\n")
    try await load(expecting: "skipped 1 file")
    try say("", early, "{\"id\": 3}\n")
    try await load(expecting: "loaded 1 row")
    try await load(expecting: "skipped 1 file")
    let found = try await lab.output("sql", "--json", "SELECT list(id ORDER BY id) AS ids FROM s.t")
    #expect(found == "[{\"ids\":[1,2,3]}]\n")
    await server.server.end()
  }
}
