import JSON
import Signatures
import Testing

/// What scripts take, as their text says it; expected schemas are written by hand after Windmill's.
struct SignatureTests {
  private func properties(_ content: String, _ language: ScriptLanguage) throws -> String {
    let schema = try Signature(of: content, language: language, path: "test").schema
    return schema["properties"]?.text ?? "none"
  }

  private func required(_ content: String, _ language: ScriptLanguage) throws -> String {
    try Signature(of: content, language: language, path: "test").schema["required"]?.text ?? ""
  }

  // MARK: Python

  @Test(arguments: [
    ("x: str", #"{"type":"string"}"#), ("x: int", #"{"type":"integer"}"#),
    ("x: float", #"{"type":"number"}"#),
    ("x: bool", #"{"type":"boolean"}"#), ("x: dict", #"{"type":"object"}"#),
    ("x: dict[str, int]", #"{"type":"object"}"#),
    ("x: list[int]", #"{"type":"array","items":{"type":"integer"}}"#), ("x: list", #"{"type":"array"}"#),
    ("x: List[Dict[str, Any]]", #"{"type":"array","items":{"type":"object"}}"#), ("x", "{}"),
    ("x: Any", "{}"),
    ("x: bytes", #"{"type":"string","contentEncoding":"base64"}"#),
    ("x: datetime", #"{"type":"string","format":"date-time"}"#),
    ("x: datetime.date", #"{"type":"string","format":"date"}"#),
    (#"x: Literal["a, b", 'c']"#, #"{"type":"string","enum":["a, b","c"]}"#),
    ("x: Optional[int]", #"{"type":"integer","nullable":true}"#),
    ("x: int | None = None", #"{"type":"integer","nullable":true,"default":null}"#),
    ("x: postgresql", #"{"type":"object","format":"resource-postgresql"}"#),
    ("x: wmill.S3Object", #"{"type":"object","format":"resource-s3_object"}"#), ("x: pd.DataFrame", "{}"),
    ("x=5", #"{"type":"integer","default":5}"#), ("x = 'a, (b'", #"{"type":"string","default":"a, (b"}"#),
    (#"x: list = [1, {"a": (True, None)}]"#, #"{"type":"array","default":[1,{"a":[true,null]}]}"#),
    ("x: int = -1_000", #"{"type":"integer","default":-1000}"#),
    ("x: float = 1.5e3", #"{"type":"number","default":1500.0}"#),
    ("x: str = os.environ['A']", #"{"type":"string"}"#),
    (#"x: "int" = 1  # a comment, with ("#, #"{"type":"integer","default":1}"#),
    ("\n  x: str,  # one\n", #"{"type":"string"}"#),
  ])
  func pythonParameters(parameter: String, schema: String) throws {
    #expect(
      try properties("import os\n\ndef main(\(parameter)\n):\n    pass", .python3) == #"{"x":\#(schema)}"#)
  }

  @Test func pythonsMainIsFoundWhereItStands() throws {
    let content = #"""
      '''
      def main(wrong): pass
      '''
      text = "def main(wrong2):"  # def main(wrong3):
      class A:
          def main(self, wrong4): ...
      def main_helper(wrong5): ...
      async  def main ( a: int, /, b, *, c: str = "x", **rest ) -> dict[str, int]:
          """Counts things.

          More of it.

          Args:
              a: how many
              b (str): which: of them
          Returns:
              c: nothing
          """
          return a
      """#
    let signature = try Signature(of: content, language: .python3, path: "test")
    #expect(signature.parameters.map(\.name) == ["a", "b", "c"])
    #expect(signature.takesOthers)
    #expect(signature.summary == "Counts things.")
    #expect(signature.parameters.map(\.summary) == ["how many", "which: of them", nil])
    #expect(try required(content, .python3) == #"["a","b"]"#)
    #expect(try Signature(of: "print(1)", language: .python3, path: "test").parameters.isEmpty)
  }

  @Test func pythonsImports() {
    let source = PythonSource(
      """
      import os, sys as system; import numpy.linalg as la
      from sklearn.linear_model import (
          LinearRegression, Ridge)
      from . import local
      # import no1
      text = "import no2"
      def main():
          import yaml
          important = 1
          from_here = 2
          '''
          import no3
          '''
      """)
    #expect(source.imports == ["os", "sys", "numpy", "sklearn", "yaml"])
    #expect(source.header == nil)
    let header = "# /// script\n# dependencies = [\"six\"]\n# ///\n"
    #expect(PythonSource("#!/usr/bin/env python\n" + header + "import six").header == header)
    #expect(PythonSource("# /// script\n# dependencies = []\nimport six").header == nil)
  }

  // MARK: TypeScript

  @Test(arguments: [
    ("x: string", #"{"type":"string"}"#), ("x: number", #"{"type":"number"}"#),
    ("x: bigint", #"{"type":"integer"}"#),
    ("x: string[]", #"{"type":"array","items":{"type":"string"}}"#),
    (
      "x: Array<{ a: number, b?: string }>",
      #"{"type":"array","items":{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"string"}},"required":["a"]}}"#
    ),
    ("x: 'a' | \"b\"", #"{"type":"string","enum":["a","b"]}"#),
    ("x: string | null", #"{"type":"string","nullable":true}"#),
    ("x: Record<string, number[]> = {}", #"{"type":"object","default":{}}"#),
    ("x: Date", #"{"type":"string","format":"date-time"}"#),
    ("x: (a: number) => string", "{}"), ("x = `a`", #"{"type":"string","default":"a"}"#),
    ("x: Postgresql", #"{"type":"object","format":"resource-postgresql"}"#), ("x: any", "{}"),
    ("x = { a: [1, -2.5], 'b': null }", #"{"type":"object","default":{"a":[1,-2.5],"b":null}}"#),
    ("x: string /* a, b */ = 'c, d' // e", #"{"type":"string","default":"c, d"}"#),
  ])
  func typeScriptParameters(parameter: String, schema: String) throws {
    let content =
      "const r = /[\"']\\//; const t = `${'function main(no)'} {`;\nexport async function main(\(parameter)\n) { return x }"
    #expect(try properties(content, .typescript) == #"{"x":\#(schema)}"#)
  }

  @Test func typeScriptsFormsOfMain() throws {
    for content in [
      "export async function main(a: number, b?: string, c = 1) {}",
      "export default function main<T>(a: number, b: string = '', c?: T) {}",
      "export const main = async (a: number, b?: Map<string, number>, c?: string) => {}",
      "// export function main(no) {}\n/* export function main(no) {} */\nfunction main(a, b = 1, c = 2, ...rest) {}\nexport { main }",
    ] {
      let signature = try Signature(of: content, language: .typescript, path: "test")
      #expect(signature.parameters.map(\.name) == ["a", "b", "c"], "\(content)")
      #expect(signature.parameters.map(\.isOptional) == [false, true, true], "\(content)")
    }
    let documented =
      "/**\n * Greets.\n *\n * @param {string} name - whom\n */\nexport function main(name: string) {}"
    let signature = try Signature(of: documented, language: .typescript, path: "test")
    #expect(signature.summary == "Greets.")
    #expect(signature.parameters.first?.summary == "whom")
    #expect(
      TypeScriptSource("// network: a.example, b.example:8443\nexport {}").network == [
        "a.example", "b.example:8443",
      ])
    #expect(TypeScriptSource("export {}").network.isEmpty)
  }

  // MARK: Bash, SQL

  @Test func bashesArguments() throws {
    let content = "# shellcheck\nhost=\"$1\"\nlocal port=\"${3:-80}\"  # the port\npath=$2\nno=\"x$1\"\n"
    #expect(
      try properties(content, .bash)
        == #"{"host":{"type":"string"},"path":{"type":"string"},"port":{"type":"string","default":"80"}}"#)
    #expect(try required(content, .bash) == #"["host","path"]"#)
  }

  @Test func argumentsOfSQL() throws {
    let content =
      "-- $user_id (bigint)\n-- $since (date) = null\n-- $tags (json[])\nSELECT $user_id, $since, $tags, $other"
    #expect(
      try properties(content, .duckdb)
        == #"{"user_id":{"type":"integer"},"since":{"type":"string","format":"date","default":null},"tags":{"type":"array"},"other":{}}"#
    )
    #expect(try required(content, .duckdb) == #"["user_id","tags","other"]"#)
    #expect(
      try properties("-- $1 id (bigint)\n-- $2 name (text) = 'x'\nSELECT $1, $2", .postgresql)
        == #"{"id":{"type":"integer"},"name":{"type":"string","default":"x"}}"#)
  }

  @Test func namesOfLanguages() {
    #expect(
      ["deno", "bun", "nativets", "typescript"].map(ScriptLanguage.canonicalName)
        == Array(repeating: "typescript", count: 4))
    #expect(ScriptLanguage.canonicalName("cobol") == "cobol")
  }

  // MARK: Arguments

  @Test(arguments: [
    (#"{"id":1}"#, nil), (#"{"id":1,"name":null}"#, nil), (#"{"id":1.0}"#, nil),
    (#"{}"#, "argument 'id' is missing: a whole number"),
    (#"{"id":"1"}"#, "argument 'id' must be a whole number; it is text"),
    (#"{"id":null}"#, "argument 'id' must be a whole number; it is null, or missing"),
    (#"{"id":1,"nam":"x"}"#, "there is no argument 'nam'; did you mean 'name'?"),
    (#"{"id":1,"kind":"c"}"#, "argument 'kind' must be one of 'a', 'b'; it is text"),
    (#"{"id":1,"tags":["x",2]}"#, "argument 'tags[1]' must be text; it is a number"),
  ])
  func argumentsAreChecked(arguments: String, message: String?) throws {
    let content =
      "def main(id: int, name: str = 'x', kind: Literal['a', 'b'] = 'a', tags: list[str] = []): pass"
    let signature = try Signature(of: content, language: .python3, path: "test")
    let given = try #require(try JSONValue(parsing: arguments).object)
    var found: String?
    do { try signature.check(given) } catch { found = error.description }
    #expect(found == message)
  }
}
