import TestKit
import Testing

@testable import HTTPServer

@Suite struct TextTests {
  // MARK: Targets

  @Test(arguments: [
    "", "a", "*x", "/a b", "/a\u{7F}", "/a\r", "/%", "/%4", "/%zz", "/%ff", "/%00", "/a/../b", "/..", "/.",
    "/%2e%2E/x", "/./a", "/a#b", "ftp://x/", "//%", "?a",
  ])
  func refusesTargetsThatAreNone(text: String) {
    #expect(RequestTarget(text) == nil)
  }

  @Test(arguments: [
    ("/", "/", [""], ""), ("/a/b", "/a/b", ["a", "b"], ""), ("/a?b?c", "/a", ["a"], "b?c"),
    ("/%41%2f?%41", "/%41%2f", ["A/"], "%41"), ("/a/", "/a/", ["a", ""], ""), ("*", "*", [], ""),
    ("//x", "//x", ["", "x"], ""), ("/...", "/...", ["..."], ""),
    ("HTTPS://Host/a?b", "/a", ["a"], "b"), ("/ü", "/ü", ["ü"], ""), ("/a+b", "/a+b", ["a+b"], ""),
  ])
  func takesTargetsApart(text: String, path: String, segments: [String], query: String) throws {
    let target = try #require(RequestTarget(text))
    #expect(target.path == path)
    #expect(target.segments == segments)
    #expect(target.query == query)
  }

  @Test func readsQueries() {
    let query = QueryParameters("a=1&b=x+y&a=%32&c&d=%C3%BC&=e&f==&&g=%26")
    #expect(query.items.map(\.name) == ["a", "b", "a", "c", "d", "", "f", "g"])
    #expect(query.items.map(\.value) == ["1", "x y", "2", "", "ü", "e", "=", "&"])
    #expect(query["a"] == "1")
    #expect(query[all: "a"] == ["1", "2"])
    #expect(query["z"] == nil)
    #expect(!query.isMalformed)
    let broken = QueryParameters("a=%&b=2&c%f=1&d=%ff")
    #expect(broken.items.map(\.name) == ["b"])
    #expect(broken.isMalformed)
  }

  /// Encodes every byte, so that decoding has to give the text back.
  private func encoded(_ text: String, _ random: inout SeededNumbers) -> String {
    text.utf8.map { byte in
      let isPlain = byte < 0x80 && (byte | 0x20) &- 0x61 < 26 && byte > 0x40
      if isPlain, random.chance(50) { return String(UnicodeScalar(byte)) }
      let digits = String(byte, radix: 16, uppercase: random.chance(50))
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }.joined()
  }

  @Test(arguments: 0..<10) func decodingUndoesEncoding(seed: UInt64) async throws {
    try await onThread { undo(seed: seed) }
  }

  private func undo(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    for _ in 0..<500 {
      let text = String(
        String.UnicodeScalarView(
          (0..<random.number(0...12)).compactMap { _ in UnicodeScalar(UInt32(random.number(1...0x2FFF))) }))
      let query = QueryParameters("\(encoded(text, &random))=\(encoded(text, &random))")
      #expect(query.items.map(\.name) == (query.items.isEmpty ? [] : [text]))
      #expect(query[text] == text)
      let target = RequestTarget("/" + encoded(text, &random))
      #expect(target?.segments == (text == "." || text == ".." ? nil : [text]))
    }
  }

  @Test(arguments: 0..<10) func randomBytesNeverCrashAnything(seed: UInt64) async throws {
    try await onThread { readRandomBytes(seed: seed) }
  }

  private func readRandomBytes(seed: UInt64) {
    var random = SeededNumbers(seed: seed)
    let alphabet = Array("%%%//??&&==..;;,,\"\\*+{} \r\n\0aq=1.0:text/html".utf8) + [0x80, 0xC3, 0xFF]
    for _ in 0..<2000 {
      let bytes = (0..<random.number(0...40)).map { _ in
        random.chance(80) ? alphabet[random.number(0...alphabet.count - 1)] : UInt8(random.number(0...255))
      }
      let text = String(decoding: bytes, as: UTF8.self)
      if let target = RequestTarget(text) {
        #expect(!target.segments.contains("..") && !target.segments.contains("."))
        #expect(!target.segments.contains { $0.utf8.contains(0) })
      }
      _ = QueryParameters(text)
      _ = PathPattern(text)
      _ = MediaRange(text)
      var headers: HTTPHeaders = ["Accept": text]
      headers.add(text, text)
      _ = headers.preferredType(among: ["application/json", text])
      _ = headers.list("accept")
      let event = ServerSentEvents.text(event: text, data: text, id: text)
      #expect(event.hasSuffix("\n\n"))
      for line in event.utf8.split(separator: 10) {
        #expect(!line.contains(13))
        #expect(["id: ", "event: ", "data: "].contains { line.starts(with: $0.utf8) })
      }
    }
  }

  // MARK: Headers

  @Test func headersKeepOrderAndKnowNoCase() {
    var headers: HTTPHeaders = ["A": "1", "b": "2", "a": "3"]
    #expect(headers["a"] == "1")
    #expect(headers[all: "A"] == ["1", "3"])
    headers["B"] = "4"
    #expect(headers.fields.map(\.name) == ["A", "B", "a"])
    headers["a"] = "5"
    #expect(headers.fields.map(\.value) == ["5", "4"])
    headers["c"] = "6"
    headers["A"] = nil
    #expect(headers.fields.map(\.name) == ["B", "c"])
    #expect(headers["ab"] == nil)
    // The Kelvin sign is a k to Unicode, and not to HTTP.
    headers["k"] = "7"
    #expect(headers["\u{212A}"] == nil)
  }

  @Test func listsAreTakenApartOutsideQuotes() {
    var headers: HTTPHeaders = ["X": " a , ,b;c=\"d,e\\\"f,\" ,"]
    headers.add("x", "g")
    #expect(headers.list("X") == ["a", "b;c=\"d,e\\\"f,\"", "g"])
  }

  @Test(arguments: [
    ("ok", "value", true), ("o-k!", "v\tv ü", true), ("", "v", false), ("a b", "v", false),
    ("a:", "v", false), ("a", "v\r\nX: y", false), ("a", "v\n", false), ("a", "\0", false), ("ä", "v", false),
    ("a", "", true), ("a", "\u{7F}", false),
  ])
  func knowsWhatMayBeSent(name: String, value: String, isSafe: Bool) {
    let headers: HTTPHeaders = [name: value]
    #expect((headers.firstUnsafe == nil) == isSafe)
  }

  // MARK: Accept

  private static let accepts: [(String?, String?)] = [
    (nil, "application/json"), ("", "application/json"), ("*/*", "application/json"),
    ("text/csv", "text/csv"), ("TEXT/CSV; charset=utf-8", "text/csv"), ("text/*", "text/csv"),
    ("application/json;q=0.5, text/csv", "text/csv"), ("text/csv;q=0.8, */*;q=0.9", "application/json"),
    ("text/csv;q=0, text/*", nil), ("image/png", nil), ("text/csv;q=0", nil),
    ("*/*;q=0.1, application/x-ndjson2;q=0.2", "application/x-ndjson2"),
    ("*/*, application/json;q=0", "text/csv"), ("nonsense", nil), ("text/csv;q=2", nil),
    ("text/csv;q=0.1234", nil), ("text/csv;q=1.000", "text/csv"), ("text/csv;q=1.001", nil),
  ]

  @Test(arguments: accepts) func choosesATypeForTheClient(accept: String?, expected: String?) {
    var headers = HTTPHeaders()
    headers["Accept"] = accept
    #expect(
      headers.preferredType(among: ["application/json", "text/csv", "application/x-ndjson2"]) == expected)
  }

  @Test func eventsAreWrittenLineByLine() {
    #expect(ServerSentEvents.text(event: nil, data: "a", id: nil) == "data: a\n\n")
    #expect(
      ServerSentEvents.text(event: "log\nx", data: "a\r\nb\rc\n", id: "7")
        == "id: 7\nevent: logx\ndata: a\ndata: b\ndata: c\ndata: \n\n")
  }
}
