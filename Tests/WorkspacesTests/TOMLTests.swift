import Foundation
import TestKit
import Testing

@testable import Workspaces

/// Our reader of TOML beside Python's.
@Suite struct TOMLTests {
  /// Makes documents at random, some of them spoilt, and prints each with what `tomllib` reads in it.
  private static let generator = #"""
    import base64, json, random, tomllib, datetime, math, sys
    def tag(v):
        if isinstance(v, bool): return "b:" + str(v).lower()
        if isinstance(v, int): return "i:" + str(v) if -2**63 <= v < 2**63 else None
        if isinstance(v, float): return "f:nan" if math.isnan(v) else "f:" + v.hex()
        if isinstance(v, str): return "s:" + v
        if isinstance(v, (datetime.datetime, datetime.date, datetime.time)): return "t"
        if isinstance(v, list): return [tag(x) for x in v]
        return {k: tag(x) for k, x in v.items()}
    def holds_none(v):
        if v is None: return True
        if isinstance(v, list): return any(map(holds_none, v))
        return isinstance(v, dict) and any(map(holds_none, v.values()))
    def generate(r):
        keys = ["a", "b", "c-d", "1", '"q k"', "'l k'", '"\\u00e9"', '""', "destination", "ducklake"]
        def key(): return r.choice([".", " . "]).join(r.choice(keys) for _ in range(r.choice([1, 1, 1, 2, 3])))
        def scalar():
            return r.choice([
                lambda: str(r.randint(-10**r.randint(0, 18), 10**18)), lambda: "1_000", lambda: "0xDEAD_beef",
                lambda: "0o17", lambda: "0b1_01", lambda: "+7", lambda: "-0", lambda: repr(r.uniform(-1e9, 1e9)),
                lambda: "6.02e23", lambda: "1e-7", lambda: "inf", lambda: "-nan", lambda: "+0.0", lambda: "true",
                lambda: "false", lambda: "2024-02-29", lambda: "2023-02-29", lambda: "07:32:00.5",
                lambda: "2024-01-02T03:04:05Z", lambda: "2024-01-02 03:04:05.678+05:30", lambda: "2024-01-02t03:04:05",
                lambda: '"plain"', lambda: '"esc \\t \\" \\\\ \\u00e9 \\U0001F600"', lambda: "'lit \\ eral'",
                lambda: '"""\nmulti\n""quotes"" \\\n   joined"""', lambda: "'''\nraw \\ '' text\n'''", lambda: '""""two""""',
                lambda: '""', lambda: "01", lambda: "1__0", lambda: "1.", lambda: ".5", lambda: "nope", lambda: '"a\nb"',
            ])()
        def value(depth=0):
            kind = r.random()
            if depth > 2 or kind < 0.75: return scalar()
            if kind < 0.88:
                sep = r.choice([", ", ",\n  ", " , # note\n"])
                return "[" + r.choice(["", "\n"]) + sep.join(value(depth + 1) for _ in range(r.randint(0, 3))) + r.choice(["", "\n"]) + "]"
            return "{ " + ", ".join(key() + " = " + value(depth + 1) for _ in range(r.randint(0, 3))) + " }"
        lines = []
        for _ in range(r.randint(0, 9)):
            kind = r.random()
            if kind < 0.2: lines.append("[" + key() + "]")
            elif kind < 0.3: lines.append("[[" + key() + "]]")
            elif kind < 0.38: lines.append("# a comment \u00e9")
            elif kind < 0.42: lines.append("")
            else: lines.append(r.choice(["", "  "]) + key() + r.choice([" = ", "="]) + value() + r.choice(["", "  # end"]))
        text = r.choice(["\n", "\n", "\r\n"]).join(lines) + r.choice(["", "\n"])
        if r.random() < 0.3 and text:
            at = r.randrange(len(text))
            text = text[:at] + r.choice(["", "[", "]", "=", ".", '"', "'", "\n", " ", "\x07", "#", ","]) + text[at + r.choice([0, 1]):]
        return text
    for seed in range(int(sys.argv[1]), int(sys.argv[2])):
        text = generate(random.Random(seed))
        try: read = tag(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError): read = None
        if holds_none(read) and read is not None: continue
        print(json.dumps([seed, base64.b64encode(text.encode()).decode(), read]))
    """#

  @Test func randomDocumentsReadAsInPython() async throws {
    let folder = try TemporaryFolder("toml")
    try folder.write(Self.generator, to: "generate.py")
    let python = TarnProcess(in: folder.path, executable: "/usr/bin/python3")
    let made = try await python.run(folder["generate.py"], "0", "4000")
    try #require(made.status == 0, "\(made.errors)")
    var (read, refused) = (0, 0)
    for line in made.output.split(separator: "\n") {
      let parts = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
      let data = try #require((parts[1] as? String).flatMap { Data(base64Encoded: $0) })
      let text = String(decoding: data, as: UTF8.self)
      let expected = parts[2] is NSNull ? nil : Self.canonical(parts[2])
      let found = (try? TOMLDocument(text)).map { Self.canonical(Self.tagged(.table($0.root))) }
      #expect(found == expected, "seed \(parts[0]):\n\(text)")
      if expected == nil { refused += 1 } else { read += 1 }
    }
    #expect(read > 1000 && refused > 300)
  }

  @Test func anErrorTellsItsLine() throws {
    let error = #expect(throws: TOMLError.self) { try TOMLDocument("a = 1\n\nb = \"open\nc = 2\n") }
    #expect(error?.line == 3)
    #expect(#expect(throws: TOMLError.self) { try TOMLDocument("[a]\nx = 1\n[a]\n") }?.line == 3)
  }

  private static func tagged(_ value: TOMLValue) -> Any {
    switch value {
    case .boolean(let flag): "b:\(flag)"
    case .integer(let number): "i:\(number)"
    case .float(let number): number.isNaN ? "f:nan" : "f:\(number)"
    case .string(let text): "s:" + text
    case .time: "t"
    case .array(let values): values.map(tagged)
    case .table(let table):
      Dictionary(table.members.map { ($0.key, tagged($0.value)) }, uniquingKeysWith: { $1 })
    }
  }

  /// The same text for the same value: Python's hexadecimal numbers as Swift prints them, members in order of keys.
  private static func canonical(_ value: Any) -> String {
    switch value {
    case let text as String where text.hasPrefix("f:"):
      let number = text.dropFirst(2)
      return number == "nan" ? "f:nan" : "f:\(Double(number).map { "\($0)" } ?? "?")"
    case let text as String: return "\(text.debugDescription)"
    case let values as [Any]: return "[" + values.map(canonical).joined(separator: ",") + "]"
    case let members as [String: Any]:
      let parts = members.map { "\($0.key.debugDescription):\(canonical($0.value))" }
      return "{" + parts.sorted().joined(separator: ",") + "}"
    default: return "?"
    }
  }
}
