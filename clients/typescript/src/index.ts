/**
 * What scripts in TypeScript import as `windmill-client`: lakes and data tables, variables, resources and state, other scripts, files.
 *
 * ```ts
 * import * as wmill from "windmill-client";
 * export async function main(id: number) {
 *   return await wmill.ducklake()`SELECT * FROM friend WHERE id = ${id}`.fetchOne();
 * }
 * ```
 */

import { ApiError, encodePath, getWorkspace, json, send, text, variable } from "./transport.ts";
import { parseS3Object, type S3Object } from "./storage.ts";

export * from "./jobs.ts";
export * from "./sql.ts";
export * from "./storage.ts";
export { ApiError, getWorkspace, setClient } from "./transport.ts";

// deno-lint-ignore no-explicit-any
type Value = any;

/** Where the steps of a flow on one worker may share files. */
export const SHARED_FOLDER = "/shared";

function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

// MARK: Variables

/** A variable's or a secret's value. */
export async function getVariable(path: string): Promise<string> {
  return await json("GET", `variables/get_value/${encodePath(path.replace(/^(var:\/\/|\$var:)/, ""))}`);
}

/** Sets a variable; one that is not there is made. */
export async function setVariable(
  path: string,
  value: string,
  isSecretIfNotExist = false,
  descriptionIfNotExist = "",
): Promise<void> {
  try {
    await send("GET", `variables/get/${encodePath(path)}`);
  } catch (error) {
    if (!isMissing(error)) throw error;
    const body = { path, value, is_secret: isSecretIfNotExist, description: descriptionIfNotExist };
    await send("POST", "variables/create", { body });
    return;
  }
  await send("POST", `variables/update/${encodePath(path)}`, { body: { value } });
}

// MARK: Resources and state

function resourcePath(path?: string): string {
  return (path ?? getStatePath()).replace(/^(res:\/\/|\$res:)/, "");
}

/** A resource's value, with the values of the variables that it names. */
export async function getResource(path?: string, undefinedIfEmpty = false): Promise<Value> {
  try {
    return await json("GET", `resources/get_value_interpolated/${encodePath(resourcePath(path))}`);
  } catch (error) {
    if (undefinedIfEmpty && isMissing(error)) return undefined;
    throw error;
  }
}

/** Sets a resource; one that is not there is made, of a type. */
export async function setResource(value: Value, path?: string, initializeToTypeIfNotExist?: string): Promise<void> {
  const place = resourcePath(path);
  try {
    await send("GET", `resources/get/${encodePath(place)}`);
  } catch (error) {
    if (!isMissing(error) || !initializeToTypeIfNotExist) throw error;
    await send("POST", "resources/create", { body: { path: place, value, resource_type: initializeToTypeIfNotExist } });
    return;
  }
  await send("POST", `resources/update_value/${encodePath(place)}`, { body: { value } });
}

/** A resource that stands for another, by its path. */
export async function resolveDefaultResource(value: Value): Promise<Value> {
  return typeof value === "string" && value.startsWith("$res:") ? await getResource(value) : value;
}

/** Where this script keeps its state. */
export function getStatePath(): string {
  const path = variable("WM_STATE_PATH_NEW") || variable("WM_STATE_PATH");
  if (!path) throw new Error("a script has a state while it runs as a job: WM_STATE_PATH_NEW is not set");
  return path;
}

/** What a run of this script has kept for later ones. */
export async function getState(path?: string): Promise<Value> {
  return await getResource(path ?? getStatePath(), true) ?? null;
}

/** Keeps a value for later runs of this script. */
export async function setState(state: Value, path?: string): Promise<void> {
  await setResource(state, path ?? getStatePath(), "state");
}

export const getInternalState = (): Promise<Value> => getState();
export const setInternalState = (state: Value): Promise<void> => setState(state);

/** The address of a database, of a resource of PostgreSQL. */
export async function databaseUrlFromResource(path: string): Promise<string> {
  const { user, password, host, port, dbname, sslmode } = await getResource(path);
  const options = sslmode ? `?sslmode=${sslmode}` : "";
  return `postgresql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${dbname}${options}`;
}

// MARK: Who and what

/** Who this script runs as. */
export async function whoami(): Promise<Value> {
  return await json("GET", "users/whoami", { global: true });
}

/** The server's version. */
export async function getVersion(): Promise<string> {
  return await text("GET", "version", { global: true });
}

export async function usernameToEmail(username: string): Promise<string> {
  return await text("GET", `users/username_to_email/${encodeURIComponent(username)}`);
}

/** A token by which others know this workspace. */
export async function getIdToken(audience: string): Promise<string> {
  return await text("POST", `oidc/token/${encodeURIComponent(audience)}`);
}

/** Prints a piece of a result before the script has ended. */
export function appendToResultStream(text: string): void {
  console.log("WM_STREAM: " + text.replaceAll("\n", "\\n"));
}

/** Prints the pieces of a result as they come. */
export async function streamResult(pieces: AsyncIterable<string>): Promise<void> {
  for await (const piece of pieces) appendToResultStream(piece);
}

/** The address of a file in the workspace's storage, for SQL. */
export function s3Address(object: S3Object): string {
  const { s3, storage } = parseS3Object(object);
  return `s3://${storage ?? ""}/${s3}`;
}

/** Runs a script's text, without keeping it. */
export async function runInlineScriptPreview(content: string, language: string, args: Record<string, Value> = {}): Promise<Value> {
  return await json("POST", "jobs/run_wait_result/preview", { body: { content, language, args } });
}

export { getWorkspace as workspace };
