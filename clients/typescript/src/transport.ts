// How requests reach the server. Address, token and workspace come from the environment that a job has, or from `setClient`.

/** What this runtime has for the environment: Deno's, or that of Node and Bun. */
function environment(name: string): string | undefined {
  const runtime = globalThis as {
    Deno?: { env: { get(name: string): string | undefined } };
    process?: { env: Record<string, string | undefined> };
  };
  return runtime.Deno ? runtime.Deno.env.get(name) : runtime.process?.env[name];
}

let chosen: { address?: string; token?: string } = {};

/** Takes another server or token than those of the environment. */
export function setClient(token?: string, baseUrl?: string): void {
  chosen = { token, address: baseUrl };
}

/** A value of the job's environment, or the empty text. */
export function variable(name: string): string {
  return environment(name) ?? "";
}

/** The workspace that requests are for. */
export function getWorkspace(): string {
  return variable("WM_WORKSPACE") || variable("TARN_WORKSPACE") || "main";
}

/** The server's address without a path. */
export function baseAddress(): string {
  const address = chosen.address || variable("BASE_INTERNAL_URL") || variable("WM_BASE_URL") || variable("TARN_URL");
  if (!address) throw new Error("which server? Set TARN_URL, or call setClient(token, address)");
  return address.replace(/\/+$/, "").replace(/\/api$/, "");
}

function token(): string {
  return chosen.token || variable("WM_TOKEN") || variable("TARN_TOKEN");
}

/** An answer with a status of 400 or above. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly url: string,
    readonly status: number,
    readonly statusText: string,
    /** What the server says, as text. */
    readonly body: string,
  ) {
    super(`${status}: ${body || statusText}`);
  }
}

export type Query = Record<string, string | number | boolean | undefined | null>;

/** What a request may say besides its path. */
export interface RequestOptions {
  query?: Query;
  /** Becomes JSON. */
  body?: unknown;
  /** Sent as it is. */
  raw?: BodyInit;
  contentType?: string;
  /** For paths that are not below a workspace. */
  global?: boolean;
}

/**
 * Sends a request.
 *
 * @param path below `/api/w/{workspace}/`, or below `/api/`
 * @throws {ApiError}
 */
export async function send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  const place = options.global ? path : `w/${encodeURIComponent(getWorkspace())}/${path}`;
  const url = `${baseAddress()}/api/${place}${query.size > 0 ? `?${query}` : ""}`;
  const headers: Record<string, string> = { Authorization: `Bearer ${token()}` };
  let body: BodyInit | undefined = options.raw;
  if (options.body !== undefined) {
    body = JSON.stringify(options.body, plain);
    headers["Content-Type"] = "application/json";
  }
  if (options.contentType) headers["Content-Type"] = options.contentType;
  const answer = await fetch(url, { method, headers, body });
  if (!answer.ok) throw new ApiError(url, answer.status, answer.statusText, await answer.text());
  return answer;
}

/** JSON has no whole numbers beyond 2^53: those become text, which the server reads. */
function plain(_: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

/** Sends a request whose answer is JSON. */
export async function json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return await (await send(method, path, options)).json() as T;
}

/** Sends a request whose answer is text. */
export async function text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
  return await (await send(method, path, options)).text();
}

/** A path of a script, a variable or a resource, as a part of an address. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
