// Waits for its one script, runs it, and ends. It is started before there is a script, so that none waits for it.
//
// Its argument is the folder that the script has. One line of JSON comes on standard input: {"environment", "parameters": [{"name",
// "isDate"}] or null for all arguments as one object}. In the folder lie script.ts and arguments.json then; it writes result.json:
// {"result": …} or {"error": {"name", "message", "stack"}}.

// What most scripts import.
import "windmill-client";

const folder = Deno.args[0];

async function readLine(): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of Deno.stdin.readable) {
    pieces.push(piece);
    if (piece.includes(10)) break;
  }
  return new TextDecoder().decode(await new Blob(pieces as BlobPart[]).arrayBuffer());
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return Array.from(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return Array.from(value);
  return value;
}

function write(value: unknown) {
  Deno.writeTextFileSync(`${folder}/result.json.part`, JSON.stringify(value, plain));
  Deno.renameSync(`${folder}/result.json.part`, `${folder}/result.json`);
}

function fail(error: unknown): never {
  let { name, message, stack } = error instanceof Error
    ? error
    : { name: "Error" as string, message: typeof error === "string" ? error : JSON.stringify(error, plain), stack: "" };
  // Deno's name for a script that cannot be read.
  if (/^SyntaxError: |source code could not be parsed/.test(message)) name = "SyntaxError";
  const lines = (stack ?? "").split("\n").filter((line) => !line.includes("typescript_host.ts"));
  message = message.replaceAll(`file://${folder}/`, "") || name;
  const own = lines.join("\n").replaceAll(`file://${folder}/`, "");
  const more = error instanceof Error ? Object.fromEntries(Object.entries(error)) : {};
  try {
    write({ error: { ...more, name, message, stack: own } });
  } catch {
    write({ error: { name, message, stack: own } });
  }
  Deno.exit(1);
}

const line = await readLine();
if (!line) Deno.exit(0);
const call = JSON.parse(line) as {
  environment: Record<string, string>;
  parameters: { name: string; isDate: boolean }[] | null;
};
for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name);
for (const [name, value] of Object.entries(call.environment)) Deno.env.set(name, value);
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
try {
  const given = JSON.parse(Deno.readTextFileSync(`${folder}/arguments.json`));
  const script = await import(`file://${folder}/script.ts`);
  const main = script.main ?? script.default;
  let result: unknown = null;
  if (typeof main === "function") {
    const values = call.parameters
      ? call.parameters.map(({ name, isDate }) => isDate && typeof given[name] === "string" ? new Date(given[name]) : given[name])
      : [given];
    result = await main(...values);
  }
  write({ result: result === undefined ? null : result });
} catch (error) {
  fail(error);
}
Deno.exit(0);
