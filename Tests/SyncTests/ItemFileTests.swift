import Foundation
import JSON
import Sync
import TestKit
import Testing

@Suite struct ItemFileTests {
  private static func resource(_ value: JSONValue, type: String = "postgresql") -> SyncItem {
    SyncItem(
      SyncKey(.resource, "f/a/db"), settings: ItemFile.resource(type: type, description: "", value: value))
  }

  @Test func aResourceIsReadable() throws {
    let value = try JSONValue(
      parsing:
        #"{"host":"db.example.com","port":5432,"password":"$var:f/a/pw","sslmode":"yes","list":[1,{"a":null,"b":[]}],"pem":"-----BEGIN\nabc\n","date":"2026-01-01"}"#
    )
    #expect(
      ItemFile.text(of: Self.resource(value)) == """
        resource_type: postgresql
        value:
          host: db.example.com
          port: 5432
          password: $var:f/a/pw
          sslmode: "yes"
          list:
            - 1
            - a: null
              b: []
          pem: |
            -----BEGIN
            abc
          date: "2026-01-01"

        """)
  }

  @Test func aScriptSaysWhatItsTextDoesNot() throws {
    let plain = SyncItem(SyncKey(.script, "f/a/x"), settings: .init(), text: "x", language: "python3")
    #expect(ItemFile.text(of: plain) == nil)
    let rare = SyncItem(SyncKey(.script, "f/a/x"), settings: .init(), text: "x", language: "cobol")
    #expect(ItemFile.text(of: rare) == "language: cobol\n")
    let settings = ItemFile.script(summary: "Loads: all", description: "", schema: nil)
    let told = SyncItem(SyncKey(.script, "f/a/x"), settings: settings, text: "x", language: "python3")
    #expect(ItemFile.text(of: told) == "summary: \"Loads: all\"\n")
  }

  @Test(arguments: [
    (SyncKind.script, "sumary: x", "f/x.yaml: unknown key 'sumary'. Did you mean 'summary'?"),
    (.resource, "value: 1", "f/x.yaml: there is no 'resource_type', such as postgresql"),
    (.variable, "is_secret: true\nvalue: sesame", "a secret's value does not belong in a file"),
    (.variable, "value: 5", "f/x.yaml: 'value' must be text; put it in quotes"),
    (.variable, "description: x", "f/x.yaml: there is no 'value'"),
    (.folder, "owners: u/ann", "f/x.yaml: 'owners' must be a list of texts"),
    (.script, "summary: [", "f/x.yaml:"),
    (.script, "a", "f/x.yaml: this must be a list of `key: value` lines"),
    (.script, "summary: a\nsummary: b", "f/x.yaml:2: 'summary' stands twice"),
  ])
  func whatIsWrongIsToldInOneLine(kind: SyncKind, text: String, line: String) {
    let error = #expect(throws: SyncError.self) { try ItemFile.read(text, kind: kind, file: "f/x.yaml") }
    let message = error?.description ?? ""
    #expect(message.contains(line), "\(message)")
    #expect(!message.contains("\n") && !message.contains("sesame"), "\(message)")
  }

  @Test func whatIsWindmillsAloneIsLeftAside() throws {
    let read = try ItemFile.read(
      "summary: x\nlock: '!inline x.lock'\nkind: script\n", kind: .script, file: "x")
    #expect(read.settings == JSONObject(pairs: ["summary": .string("x")]))
    #expect(read.leftAside == ["lock", "kind"])
  }

  /// Names that stand for many values, and those again.
  @Test func aFileThatGrowsWhenReadIsRefused() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      text +=
        "a\(level): &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
        + "]\n"
    }
    let error = #expect(throws: SyncError.self) { try ItemFile.read(text, kind: .script, file: "x") }
    #expect(error?.description.hasSuffix("this is too much for one file") == true)
  }

  /// Random values, written and read again, are the same, to the byte.
  @Test(arguments: 0..<20) func valuesAreReadAsTheyWereWritten(seed: Int) throws {
    var numbers = SeededNumbers(seed: UInt64(seed))
    for _ in 0..<50 {
      let item = Self.resource(RandomValues.value(&numbers))
      let text = try #require(ItemFile.text(of: item))
      let read = try ItemFile.read(text, kind: .resource, file: "f/a/db.resource.yaml")
      #expect(
        JSONValue.object(read.settings).text.utf8.elementsEqual(JSONValue.object(item.settings).text.utf8),
        "\(text)")
    }
  }

  /// What Python's own reader of YAML makes of it.
  @Test func othersReadTheSame() async throws {
    let python = Checkout.folder + "/.deps/dlt-venv/bin/python3"
    let folder = try TemporaryFolder("yaml")
    var numbers = SeededNumbers(seed: 99)
    var expected: [String] = []
    for index in 0..<100 {
      // Numbers such as 1e5 are text to readers of YAML 1.1.
      let item = Self.resource(RandomValues.value(&numbers, withNumbers: false))
      try folder.write(try #require(ItemFile.text(of: item)), to: "\(index).yaml")
      expected.append(JSONValue.object(item.settings).text)
    }
    try folder.write(
      """
      import json, sys, yaml
      for index in range(100):
          with open(f"{sys.argv[1]}/{index}.yaml", newline="") as file:
              print(json.dumps(yaml.safe_load(file.read())))
      """, to: "read.py")
    try #require(FileManager.default.isExecutableFile(atPath: python), "make setup-tests brings \(python)")
    let outcome = try await TarnProcess(in: folder.path, executable: python).run("read.py", folder.path)
    try #require(outcome.status == 0, "\(outcome)")
    let read = outcome.output.split(separator: "\n").map(String.init)
    #expect(read.count == expected.count)
    for (line, text) in zip(read, expected) {
      #expect(try JSONValue(parsing: line).text.utf8.elementsEqual(text.utf8), "\(line) \(text)")
    }
  }
}

/// JSON values of all kinds, with texts that are hard to write.
enum RandomValues {
  private static let texts = [
    "", "a", "yes", "No", "null", "~", "true", "1", "-1.5", "0x1F", "1e3", ".5", "2026-01-01", "12:30:00",
    " a", "a ",
    "a: b", "a #b", "- a", "? a", "[a]", "{a}", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a`", "'a'", "\"a\"",
    "\\",
    "a\nb", "a\nb\n", "\na", "a\n\nb\n\n", "a\n  b\n", " a\nb", "a\r\nb", "a\tb", "\ta\nb", "a\n\tb\n",
    "\u{1}", "\u{7F}",
    "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\\uFEFF", "'\\uFEFF", "\u{E000}", "é", "e\u{301}", "日本語",
    "😀", "a\u{200D}b", "---", "--- a",
    "...",
    "$var:f/a/b", "$res:u/x/y", "$kept", "=", "<<", "key:", "a,b", "a\n\u{1F600}\n", "a \nb ",
    "-----BEGIN X-----\nabc\n",
  ]

  static func value(_ numbers: inout SeededNumbers, depth: Int = 0, withNumbers: Bool = true) -> JSONValue {
    switch numbers.number(depth < 4 ? 0...8 : 0...5) {
    case 0: return .null
    case 1: return .bool(numbers.chance(50))
    case 2 where withNumbers:
      let written = ["0", "-1", "1.50", "1e3", "12345678901234567890123", "-0.0", "1E-7"]
      return .number(written[numbers.number(0...written.count - 1)])
    case 6, 7:
      var object = JSONObject()
      for _ in 0..<numbers.number(0...4) {
        object[text(&numbers)] = value(&numbers, depth: depth + 1, withNumbers: withNumbers)
      }
      return .object(object)
    case 8:
      return .array(
        (0..<numbers.number(0...4)).map { _ in value(&numbers, depth: depth + 1, withNumbers: withNumbers) })
    default: return .string(text(&numbers))
    }
  }

  private static func text(_ numbers: inout SeededNumbers) -> String {
    let one = texts[numbers.number(0...texts.count - 1)]
    return numbers.chance(70) ? one : one + texts[numbers.number(0...texts.count - 1)]
  }
}
