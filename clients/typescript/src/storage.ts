// Files in the workspace's buckets.

import { ApiError, baseAddress, getWorkspace, json, send } from "./transport.ts";

/** A file, by its address `s3://storage/key` (`s3:///key` for the default storage) or as a record. */
export type S3ObjectRecord = { s3: string; storage?: string; presigned?: string };
export type S3ObjectURI = `s3://${string}/${string}`;
export type S3Object = S3ObjectURI | S3ObjectRecord;

/** Takes the address of a file apart. */
export function parseS3Object(object: S3Object): S3ObjectRecord {
  if (typeof object !== "string") return object;
  const match = /^s3:\/\/([^/]*)\/(.+)$/.exec(object);
  if (!match) throw new Error(`'${object}' is no address of a file: s3://storage/key, or s3:///key`);
  return match[1] ? { s3: match[2], storage: match[1] } : { s3: match[2] };
}

function place(object: S3ObjectRecord, resource?: string) {
  return { file_key: object.s3, s3_resource_path: resource, storage: object.storage };
}

/** A file's bytes as they come; undefined when there is no such file. */
export async function loadS3FileStream(object: S3Object, s3ResourcePath?: string): Promise<Blob | undefined> {
  try {
    const query = place(parseS3Object(object), s3ResourcePath);
    return await (await send("GET", "job_helpers/download_s3_file", { query })).blob();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** A file's bytes; undefined when there is no such file. */
export async function loadS3File(object: S3Object, s3ResourcePath?: string): Promise<Uint8Array | undefined> {
  const blob = await loadS3FileStream(object, s3ResourcePath);
  return blob ? new Uint8Array(await blob.arrayBuffer()) : undefined;
}

/** Writes a file; without a name it gets one. */
export async function writeS3File(
  object: S3Object | undefined,
  content: string | Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>,
  s3ResourcePath?: string,
  contentType?: string,
  contentDisposition?: string,
): Promise<S3ObjectRecord> {
  const record = object ? parseS3Object(object) : undefined;
  const answer = await json<{ file_key: string }>("POST", "job_helpers/upload_s3_file", {
    query: {
      ...(record ? place(record, s3ResourcePath) : { s3_resource_path: s3ResourcePath }),
      content_type: contentType,
      content_disposition: contentDisposition,
    },
    raw: content,
    contentType: "application/octet-stream",
  });
  return record?.storage ? { s3: answer.file_key, storage: record.storage } : { s3: answer.file_key };
}

export async function deleteS3Object(object: S3Object): Promise<void> {
  const record = parseS3Object(object);
  await send("DELETE", "job_helpers/delete_s3_file", { query: place(record) });
}

/** Files whose addresses may be opened without a token for a while. */
export async function signS3Objects(objects: S3Object[]): Promise<S3ObjectRecord[]> {
  return await json("POST", "apps/sign_s3_objects", { body: { s3_objects: objects.map(parseS3Object) } });
}

export async function signS3Object(object: S3Object): Promise<S3ObjectRecord> {
  return (await signS3Objects([object]))[0];
}

export async function getPresignedS3PublicUrls(
  objects: S3Object[],
  { baseUrl }: { baseUrl?: string } = {},
): Promise<string[]> {
  const signed = await signS3Objects(objects);
  return signed.map((object) =>
    `${baseUrl ?? baseAddress()}/api/w/${getWorkspace()}/s3_proxy/${object.storage ?? "_default_"}/` +
    `${object.s3}?${object.presigned ?? ""}`
  );
}

export async function getPresignedS3PublicUrl(
  object: S3Object,
  options: { baseUrl?: string } = {},
): Promise<string> {
  return (await getPresignedS3PublicUrls([object], options))[0];
}

/** How the library Polars reaches the workspace's storage. */
export function polarsConnectionSettings(s3ResourcePath?: string): Promise<unknown> {
  return settings("polars_connection_settings", s3ResourcePath);
}

/** How DuckDB reaches the workspace's storage. */
export function duckdbConnectionSettings(s3ResourcePath?: string): Promise<unknown> {
  return settings("duckdb_connection_settings", s3ResourcePath);
}

function settings(what: string, path?: string): Promise<unknown> {
  return json("POST", `job_helpers/v2/${what}`, { body: path ? { s3_resource_path: path } : {} });
}

/** How an S3 client reaches the workspace's storage. */
export async function denoS3LightClientSettings(s3ResourcePath?: string): Promise<unknown> {
  return await json("POST", "job_helpers/v2/s3_resource_info", {
    body: s3ResourcePath ? { s3_resource_path: s3ResourcePath } : {},
  });
}

export function base64ToUint8Array(data: string): Uint8Array {
  return Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
}

export function uint8ArrayToBase64(bytes: Uint8Array): string {
  let letters = "";
  for (const byte of bytes) letters += String.fromCharCode(byte);
  return btoa(letters);
}

export function base64ToString(data: string): string {
  return new TextDecoder().decode(base64ToUint8Array(data));
}

export function stringToBase64(text: string): string {
  return uint8ArrayToBase64(new TextEncoder().encode(text));
}
