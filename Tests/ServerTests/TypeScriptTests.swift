import Accounts
import Foundation
import JSON
import Jobs
import TestKit
import Testing
import Worker

/// Scripts in TypeScript, with Deno and our own client.
@Suite(.enabled(if: Tools.hasDeno, "make setup puts Deno in place"))
struct TypeScriptTests {
  @Test func resultsAndArguments() async throws {
    try await withDeno { lab in
      let answer = try await lab.query(
        """
        export async function main(n: number, name: string = "Bob", when?: Date, tags: string[] = []) {
          return { n: n * 2, name, tags, month: when?.getUTCMonth(), nothing: undefined, big: 2n ** 70n, bytes: new Uint8Array([1, 2]) };
        }
        """,
        JSONObject(pairs: [
          "when": .string("2024-02-29T10:00:00Z"), "tags": .array([.string("a")]), "n": .int(21),
        ]), language: "typescript")
      #expect(
        answer.text
          == #"{"n":42,"name":"Bob","tags":["a"],"month":1,"big":"1180591620717411303424","bytes":[1,2]}"#)
      #expect(try await lab.query("export const x = 1;", language: "bun").text == "null")
      let object = try await lab.query(
        "export function main({ a, b }: { a: number; b: number }) { return a - b }",
        JSONObject(pairs: ["b": .int(1), "a": .int(3)]), language: "deno")
      #expect(object.text == "2")
    }
  }

  @Test func lakesAreReadAndWrittenByName() async throws {
    try await withDeno { lab in
      let answer = try await lab.query(
        """
        import * as wmill from 'windmill-client';
        export async function main() {
          const sql = wmill.ducklake();
          await sql`CREATE TABLE friend (id BIGINT, name TEXT, share DOUBLE, seen TIMESTAMPTZ, more JSON)`.execute();
          const name = "Ann's '$1' ☃";
          await sql`INSERT INTO friend VALUES (${1}, ${name}, ${0.5}, ${new Date(0)}, ${{ k: [1] }}), (${2}, ${null}, ${2}, ${null}, ${null})`.fetch();
          const column = sql.raw("name");
          return [
            await sql`SELECT id, ${column} FROM friend WHERE name = ${name}`.fetchOne(),
            await sql`SELECT count(*) FROM friend`.fetchOneScalar(),
            await sql`SELECT share, more FROM friend ORDER BY id`.fetch(),
            await sql.query("SELECT $1 + $2 AS n, '$1' AS text", 40, 2).fetchOne(),
            await sql`SELECT 1 WHERE false`.fetchOne(),
          ];
        }
        """, language: "typescript")
      #expect(
        answer.text
          == #"[{"id":1,"name":"Ann's '$1' ☃"},2,[{"share":0.5,"more":{"k":[1]}},{"share":2,"more":null}],{"n":42,"text":"$1"},null]"#
      )
    }
  }

  @Test func theClientReachesTheRest() async throws {
    try await withDeno { lab in
      _ = try await lab.accounts.saveScript(
        "u/ann/double", of: "main", language: "duckdb", content: "-- $n (BIGINT)\nSELECT 2 * $n AS n",
        summary: "", by: "ann")
      let answer = try await lab.query(
        """
        import * as wmill from "windmill-client";
        export async function main() {
          await wmill.setVariable("u/ann/word", "one");
          await wmill.setVariable("u/ann/word", "two");
          await wmill.setResource({ host: "h", password: "$var:u/ann/word" }, "u/ann/db", "postgresql");
          const before = await wmill.getState();
          await wmill.setState({ cursor: 5 });
          await wmill.setProgress(40);
          return {
            variable: await wmill.getVariable("u/ann/word"), resource: await wmill.getResource("u/ann/db"), before,
            state: await wmill.getState(), run: await wmill.runScriptByPath("u/ann/double", { n: 21 }),
            me: (await wmill.whoami()).username, root: await wmill.getRootJobId() === Deno.env.get("WM_JOB_ID"),
            missing: await wmill.getVariable("u/ann/nothing").catch((error) => [error.name, error.status]),
          };
        }
        """, language: "typescript")
      #expect(
        answer.text
          == #"{"variable":"two","resource":{"host":"h","password":"two"},"before":null,"state":{"cursor":5},"#
          + #""run":[{"n":42}],"me":"ann","root":true,"missing":["ApiError",404]}"#)
    }
  }

  @Test func filesAreReadAndWritten() async throws {
    try await withDeno { lab in
      let answer = try await lab.query(
        """
        import * as wmill from "windmill-client";
        export async function main() {
          const text = new TextDecoder();
          const written = await wmill.writeS3File({ s3: "notes/one ☃.txt" }, "hello");
          await wmill.writeS3File("s3:///notes/two.bin", new Blob([new Uint8Array([0, 255])]));
          const blob = await wmill.loadS3FileStream("s3:///notes/two.bin");
          const found = [
            written, text.decode(await wmill.loadS3File({ s3: "notes/one ☃.txt" })),
            Array.from(new Uint8Array(await blob!.arrayBuffer())), await wmill.loadS3File({ s3: "notes/none" }) ?? "none",
          ];
          await wmill.deleteS3Object({ s3: "notes/two.bin" });
          return [...found, await wmill.loadS3File({ s3: "notes/two.bin" }) ?? "gone"];
        }
        """, language: "typescript")
      #expect(answer.text == #"[{"s3":"notes/one ☃.txt"},"hello",[0,255],"none","gone"]"#)
    }
  }

  @Test func errorsTellWhatAndWhere() async throws {
    try await withDeno { lab in
      func error(_ content: String) async throws -> JSONObject? {
        let id = try await lab.submit(content, language: "typescript")
        let job = try await lab.queue.ended(id, within: .seconds(300))
        #expect(job.state == .failure)
        return job.result.flatMap { try? JSONValue(parsing: $0) }?.object?["error"]?.object
      }
      let thrown = try await error(
        "export function main() {\n  helper();\n}\nfunction helper() {\n  throw new RangeError('no ☃');\n}")
      #expect(thrown?["name"]?.string == "RangeError")
      #expect(thrown?["message"]?.string == "no ☃")
      #expect(thrown?["stack"]?.string?.contains("script.ts:5:9") == true)
      #expect(thrown?["stack"]?.string?.contains("typescript_host") == false)
      let query = try await error(
        """
        import * as wmill from "windmill-client";
        export const main = async () => { await wmill.ducklake()`SELECT ${1} FROM nowhere`.fetch() };
        """)
      #expect(query?["message"]?.string?.hasPrefix("ducklake ") == true)
      #expect(query?["message"]?.string?.contains("nowhere") == true)
      #expect(query?["query"]?.object?["args"]?.text == #"{"arg1":1}"#)
      let syntax = try await error("export function main( {")
      #expect(syntax?["name"]?.string == "SyntaxError", "\(syntax.map(JSONValue.object)?.text ?? "")")
      #expect(
        try await error("export function main() { Deno.exit(4) }")?["message"]?.string?.contains("status 4")
          == true)
      #expect(
        try await error(
          "export function main() { Promise.reject(new Error('late')); return new Promise(() => setTimeout(() => 0, 1e6)) }"
        )?["message"]?
        .string == "late")
      #expect(
        try await error("export function main(id: number) {}")?["message"]?.string
          == "argument 'id' is missing: a number")
    }
  }

  @Test func nothingOfOneRunIsLeftForTheNext() async throws {
    try await withDeno { lab in
      let leave = """
        export function main() {
          (globalThis as any).left = 1; (Array.prototype as any).left = 1; Deno.env.set("LEFT", "1");
          Deno.mkdirSync("inner"); Deno.chdir("inner"); Deno.writeTextFileSync("left.txt", "left");
          localStorage?.setItem("left", "1");
          return Deno.env.get("HOME");
        }
        """
      let look = """
        export function main() {
          const home = Deno.env.get("HOME")!;
          return [(globalThis as any).left ?? 0, ([] as any).left ?? 0, Deno.env.get("LEFT") ?? 0, Deno.cwd() === home,
            Array.from(Deno.readDirSync(home), (entry) => entry.name).sort(), localStorage?.getItem("left") ?? 0];
        }
        """
      // More often than processes wait, so that those that were started before are among them.
      for _ in 0..<5 {
        let home = try await lab.query(leave, language: "typescript").json?.string
        #expect(home.map { FileManager.default.fileExists(atPath: $0) } == false)
        let found = try await lab.query(look, language: "typescript").text
        #expect(found == #"[0,0,0,true,["arguments.json","log.txt","script.ts"],0]"#)
      }
    }
  }

  @Test func aScriptReachesItsOwnFolderAndTheServerAlone() async throws {
    try await withDeno { lab in
      try lab.folder.write("sesame", to: "secret.key")
      let answer = try await lab.query(
        """
        export async function main(secret: string) {
          const attempts: Record<string, () => unknown> = {
            read: () => Deno.readTextFileSync(secret),
            etc: () => Deno.readTextFileSync("/etc/passwd"),
            write: () => Deno.writeTextFileSync("/tmp/tarn-escape", ""),
            run: () => new Deno.Command("/bin/true").outputSync(),
            library: () => Deno.dlopen("libc.so.6", {}),
            net: () => fetch("http://127.0.0.2:8099/"),
            system: () => Deno.hostname(),
            environment: () => Deno.readTextFileSync("/proc/self/environ"),
          };
          const found: string[] = [];
          for (const [name, attempt] of Object.entries(attempts)) {
            try { await attempt(); found.push(name); } catch (error) { if ((error as Error).name !== "NotCapable") found.push(`${name}: ${error}`); }
          }
          return [found, Object.keys(Deno.env.toObject()).filter((name) => !/^(WM_|TARN_|PYTHON)/.test(name)).sort()];
        }
        """, JSONObject(pairs: ["secret": .string(lab.folder.path + "/secret.key")]),
        language: "typescript")
      #expect(answer.text == #"[[],["BASE_INTERNAL_URL","HOME","LANG","PATH","TMPDIR"]]"#)
      // What a script asks for it gets.
      let asked = try await lab.query(
        "// network: 127.0.0.2:8099\nexport async function main() { try { await fetch('http://127.0.0.2:8099/') } catch (error) { return (error as Error).name } }",
        language: "typescript")
      #expect(asked.text == #""TypeError""#)
    }
  }

  @Test func aCancelledScriptEnds() async throws {
    try await withDeno { lab in
      let id = try await lab.submit(
        "export function main() { console.log('on'); while (true) {} }", language: "typescript")
      try await lab.log(of: id, with: "on")
      try await lab.queue.cancel(id, by: "ann")
      #expect(try await lab.queue.ended(id, within: .seconds(300)).state == .cancelled)
      #expect(try await lab.query("export function main() { return 1 }", language: "typescript").text == "1")
    }
  }

  @Test func aScriptThatTakesTooMuchMemoryEndsAlone() async throws {
    let set: @Sendable (inout Worker.Configuration) -> Void = {
      $0.deno = Tools.deno
      $0.limits.memory = 1 << 30
    }
    try await ServerLab.with(set: set) { lab in
      let answer = try await lab.query(
        "export function main() { const all: number[][] = []; while (true) all.push(new Array(100000).fill(1.5)) }",
        language: "typescript")
      #expect(answer.status == 500)
      #expect(answer.text.contains("the script ended by signal"))
      let next = try await lab.query("export function main() { return 1 }", language: "typescript").text
      #expect(next == "1")
    }
  }

  private func withDeno(_ body: @escaping @Sendable (ServerLab) async throws -> Void) async throws {
    try await ServerLab.with(set: { $0.deno = Tools.deno }, body)
  }
}

/// The programs that set-up puts in place.
enum Tools {
  static let deno = Checkout.folder + "/lib/tarn/tools/deno"
  static let uv = Checkout.folder + "/lib/tarn/tools/uv"
  static let hasDeno = FileManager.default.isExecutableFile(atPath: deno)
  static let withDeno: @Sendable (inout Worker.Configuration) -> Void = { $0.deno = deno }
  static let withBash: @Sendable (inout Worker.Configuration) -> Void = { $0.bash = "/bin/bash" }
  static let hasUV = FileManager.default.isExecutableFile(atPath: uv)
}
