import Foundation
import TestKit
import Testing

@testable import RESTSource

@Suite struct JSONScannerTests {
  /// What Python's json makes of each text: nil for no JSON, else the texts of a list's elements or an object's values
  /// as it understands them.
  private static func python(_ texts: [[UInt8]]) async throws -> [[String]?] {
    let folder = try TemporaryFolder("scanner")
    try folder.write(texts.map { Data($0).base64EncodedString() }.joined(separator: "\n"), to: "in")
    let script = """
      import base64, json, sys
      out = []
      def pairs(p): return ("object", [[k, v] for k, v in p])
      def parsed(text): return json.loads(text, object_pairs_hook=pairs, parse_float=str, parse_int=lambda t: "i" + t)
      for line in open(sys.argv[1], encoding="ascii").read().split("\\n"):
        try:
          text = base64.b64decode(line).decode("utf-8")
          value = parsed(text[1:] if text[:1] == chr(0xFEFF) else text)
        except (ValueError, RecursionError):
          out.append(None)
          continue
        if isinstance(value, tuple): value = [v for _, v in value[1]]
        elif not isinstance(value, list): value = []
        out.append([json.dumps(v) for v in value])
      json.dump(out, open(sys.argv[2], "w"))
      print("READY", flush=True)
      """
    let (server, _) = try await TestServer.start(
      "/usr/bin/env", ["python3", "-c", script, folder["in"], folder["out"]], until: "READY")
    await server.end()
    return try JSONDecoder().decode(
      [[String]?].self, from: Data(contentsOf: URL(fileURLWithPath: folder["out"])))
  }

  /// What the scanner makes of a text: the texts of the parts that Python's ``python(_:)`` gives.
  private static func parts(_ text: [UInt8]) -> [[UInt8]]? {
    guard let root = try? JSONNode(document: text) else { return nil }
    switch root.kind {
    case .object: return root.members.map { Array($0.value.raw) }
    case .list: return root.elements.map { Array($0.raw) }
    default: return []
    }
  }

  @Test func agreesWithPythonOnWhatIsJSONAndWhereItsPartsAre() async throws {
    var random = SeededNumbers(
      seed: UInt64(ProcessInfo.processInfo.environment["TARN_TEST_SEED"] ?? "") ?? 20_260)
    var texts: [[UInt8]] = []
    for _ in 0..<1500 {
      let text = RandomJSON.container(using: &random)
      texts.append(text)
      texts.append(RandomJSON.damaged(text, using: &random))
      texts.append(RandomJSON.damaged(text, using: &random))
    }
    let expected = try await Self.python(texts)
    // The parts as the scanner cut them, read by Python as documents of their own, must be what Python found.
    var cut: [[UInt8]] = []
    var origin: [(text: Int, part: String)] = []
    for (index, text) in texts.enumerated() {
      let parts = Self.parts(text)
      #expect((parts == nil) == (expected[index] == nil), "\(String(decoding: text, as: UTF8.self))")
      guard let parts, let known = expected[index] else { continue }
      #expect(parts.count == known.count, "\(String(decoding: text, as: UTF8.self))")
      for (part, value) in zip(parts, known) {
        cut.append(Array("[".utf8) + part + Array("]".utf8))
        origin.append((index, value))
      }
    }
    let again = try await Self.python(cut)
    for (value, origin) in zip(again, origin) {
      #expect(value == [origin.part], "\(String(decoding: texts[origin.text], as: UTF8.self))")
    }
    #expect(expected.count { $0 == nil } > 500)
    #expect(cut.count > 2000)
  }

  @Test(arguments: [
    "", " ", "[", "[1", "[1,", "[1,]", "[,1]", "{", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, "{1:2}", "[1 2]",
    "01", "-", "1.", ".5",
    "1e", "+1", "tru", "nul", #""\x""#, #""\u12g4""#, "\"a\nb\"", "'a'", "[1}", #"{"a":1]"#, "1 2", "/**/1",
    "-Inf", "--1",
  ])
  func refuses(text: String) {
    #expect(throws: JSONProblem.self) { try JSONNode(document: Array(text.utf8)) }
  }

  @Test(
    arguments: [
      [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
      [0x22, 0xE2, 0x82, 0x22], [0x22, 0x80, 0x22], [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], [0x22, 0xFF],
      [0xFF, 0xFE, 0x31, 0],
    ] as [[UInt8]])
  func refusesWhatIsNoUTF8(bytes: [UInt8]) {
    #expect(throws: JSONProblem.self) { try JSONNode(document: bytes) }
  }

  @Test func nestingHasALimitAndUsesNoStack() throws {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
    }
    _ = try JSONNode(document: nested(512))
    #expect(throws: JSONProblem.self) { try JSONNode(document: nested(513)) }
    #expect(throws: JSONProblem.self) {
      try JSONNode(document: Array(repeating: UInt8(ascii: "["), count: 3_000_000))
    }
  }

  @Test func texts() throws {
    func text(_ json: String) throws -> String? { try JSONNode(document: Array(json.utf8)).string }
    #expect(try text(#""a\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#) == "a\"\\/\u{8}\u{c}\n\r\tAé😀")
    #expect(try text(#""\ud83d x \ude00\ud83d""#) == "\u{FFFD} x \u{FFFD}\u{FFFD}")
    for sample in ["", "a\"b\\c\n\u{1}\u{1f}é😀/"] {
      #expect(try text(String(decoding: JSONText.quoted(sample), as: UTF8.self)) == sample)
    }
    let node = try JSONNode(document: Array(#"{"a": 1, "\u0061b": 2, "é": [3, {"x": null}]}"#.utf8))
    #expect(node.member("ab")?.plainText == "2")
    #expect(node.member("é")?.kind == .list)
    #expect(node.member("b") == nil)
    #expect(JSONValue(node).jsonText == #"{"a":1,"ab":2,"é":[3,{"x":null}]}"#)
  }
}

/// Random JSON texts, and texts that are nearly JSON.
enum RandomJSON {
  private static let scalars = [
    "0", "-0", "1", "-1.5", "1e5", "1E+07", "2.5e-3", "12345678901234567890123", "0.10000000000000000555",
    "true", "false",
    "null", "NaN", "Infinity", "-Infinity", "\"\"", #""a\"]}""#, #""\\""#, #""\ud83d\ude00""#, #""\ud83d""#,
    "\"é😀\u{10FFFF}\"",
    #""a,b:c{[""#, "\"\u{7F}\u{2028}\"",
  ]

  static func container(using random: inout SeededNumbers) -> [UInt8] {
    Array(value(3, Bool.random(using: &random) ? 0 : 1, &random).utf8)
  }

  private static func space(_ random: inout SeededNumbers) -> String {
    Int.random(in: 0..<4, using: &random) == 0
      ? [" ", "\n", "\t", "\r\n  "].randomElement(using: &random) ?? "" : ""
  }

  private static func value(_ depth: Int, _ kind: Int, _ random: inout SeededNumbers) -> String {
    let before = space(&random)
    let after = space(&random)
    let count = Int.random(in: 0..<4, using: &random)
    var parts: [String] = []
    for index in 0..<count where kind < 2 {
      let inner = value(depth - 1, depth > 0 ? Int.random(in: 0..<5, using: &random) : 2, &random)
      let key =
        ["\"k\(index)\"", "\"é\"", #""\u006b""#, "\"\"", #""a\"b""#].randomElement(using: &random) ?? ""
      parts.append(kind == 0 ? inner : "\(space(&random))\(key)\(space(&random)):\(inner)")
    }
    let text =
      switch kind {
      case 0: "[\(count == 0 ? space(&random) : parts.joined(separator: ","))]"
      case 1: "{\(count == 0 ? space(&random) : parts.joined(separator: ","))}"
      default: scalars.randomElement(using: &random) ?? "0"
      }
    return before + text + after
  }

  /// One or two bytes dropped, added, replaced or swapped.
  static func damaged(_ text: [UInt8], using random: inout SeededNumbers) -> [UInt8] {
    let bytes = Array("{}[]\",:\\ 0e.-+tnu\n".utf8) + [0x00, 0x1F, 0x80, 0xC3, 0xED, 0xFF]
    var text = text
    for _ in 0..<Int.random(in: 1...2, using: &random) where !text.isEmpty {
      let index = text.indices.randomElement(using: &random) ?? 0
      let byte = bytes.randomElement(using: &random) ?? 0
      switch Int.random(in: 0..<4, using: &random) {
      case 0: text.remove(at: index)
      case 1: text.insert(byte, at: index)
      case 2: text[index] = byte
      default: text.swapAt(index, text.indices.randomElement(using: &random) ?? 0)
      }
    }
    return text
  }
}
