// Scripts and flows, run by name; and what a job says of itself.

import { ApiError, encodePath, json, type Query, send, text, variable } from "./transport.ts";

// deno-lint-ignore no-explicit-any
type Value = any;
type Arguments = Record<string, Value> | null;

/** Jobs that are begun here end with this one, where the server sees to it. */
function parents(): Query {
  const id = variable("WM_JOB_ID");
  return { parent_job: id || undefined, root_job: variable("WM_ROOT_FLOW_JOB_ID") || id || undefined };
}

function begin(place: string, args: Arguments, query: Query): Promise<string> {
  return text("POST", `jobs/run/${place}`, { query, body: args ?? {} });
}

/** Begins a script, and gives its job's id. */
export function runScriptByPathAsync(
  path: string,
  args: Arguments = null,
  scheduledInSeconds: number | null = null,
): Promise<string> {
  return begin(`p/${encodePath(path)}`, args, { ...parents(), scheduled_in_secs: scheduledInSeconds });
}

/** Begins one version of a script, and gives its job's id. */
export function runScriptByHashAsync(
  hash: string,
  args: Arguments = null,
  scheduledInSeconds: number | null = null,
): Promise<string> {
  return begin(`h/${encodeURIComponent(hash)}`, args, { ...parents(), scheduled_in_secs: scheduledInSeconds });
}

/** Begins a script by its path or by a version's hash, and gives its job's id. */
export function runScriptAsync(
  path: string | null,
  hash: string | null,
  args: Arguments,
  scheduledInSeconds: number | null = null,
): Promise<string> {
  if (path && hash) throw new Error("a script is named by its path or by its hash, not by both");
  if (path) return runScriptByPathAsync(path, args, scheduledInSeconds);
  if (hash) return runScriptByHashAsync(hash, args, scheduledInSeconds);
  throw new Error("which script? Give its path or its hash");
}

/** Runs a script and gives its result. */
export async function runScriptByPath(path: string, args: Arguments = null, verbose = false): Promise<Value> {
  return await waitJob(await runScriptByPathAsync(path, args), verbose);
}

export async function runScriptByHash(hash: string, args: Arguments = null, verbose = false): Promise<Value> {
  return await waitJob(await runScriptByHashAsync(hash, args), verbose);
}

export async function runScript(
  path: string | null = null,
  hash: string | null = null,
  args: Arguments = null,
  verbose = false,
): Promise<Value> {
  return await waitJob(await runScriptAsync(path, hash, args), verbose);
}

/** Begins a flow, and gives its job's id. */
export function runFlowAsync(
  path: string,
  args: Arguments,
  scheduledInSeconds: number | null = null,
  doNotTrackInParent = true,
): Promise<string> {
  const query = doNotTrackInParent ? {} : parents();
  return begin(`f/${encodePath(path)}`, args, { ...query, scheduled_in_secs: scheduledInSeconds });
}

/** Runs a flow and gives its result. */
export async function runFlow(path: string, args: Arguments = null, verbose = false): Promise<Value> {
  return await waitJob(await runFlowAsync(path, args, null, false), verbose);
}

/** Waits for a job's end and gives its result; a failed one throws. */
export async function waitJob(id: string, verbose = false): Promise<Value> {
  for (let pause = 10;; pause = Math.min(pause * 2, 500)) {
    const state = await getResultMaybe(id);
    if (state.completed) {
      if (state.success) return state.result;
      const error = state.result?.error;
      throw Object.assign(new Error(`Job ${id} was not successful: ${error?.message ?? JSON.stringify(state.result)}`), {
        result: state.result,
      });
    }
    if (verbose) console.info(`waiting for job ${id}`);
    await new Promise((resume) => setTimeout(resume, pause));
  }
}

/** A job's result. */
export async function getResult(id: string): Promise<Value> {
  return await json("GET", `jobs_u/completed/get_result/${id}`);
}

/** How a job stands. */
export async function getResultMaybe(
  id: string,
): Promise<{ completed: boolean; success?: boolean; started?: boolean; result: Value }> {
  return await json("GET", `jobs_u/completed/get_result_maybe/${id}`);
}

/** The job that all began with. */
export async function getRootJobId(id: string = variable("WM_JOB_ID")): Promise<string> {
  return await json("GET", `jobs_u/get_root_job_id/${id}`);
}

export async function cancelJob(id: string, reason?: string): Promise<string> {
  return await text("POST", `jobs_u/queue/cancel/${id}`, { body: { reason: reason ?? null } });
}

/** Says how far this job has come, in percent. */
export async function setProgress(percent: number, jobId: string = variable("WM_JOB_ID")): Promise<void> {
  const flow = variable("WM_FLOW_JOB_ID") || null;
  await send("POST", `job_metrics/set_progress/${jobId}`, { body: { percent: Math.floor(percent), flow_job_id: flow } });
}

/** How far a job has come, in percent. */
export async function getProgress(jobId: string = variable("WM_JOB_ID")): Promise<number | null> {
  return await json("GET", `job_metrics/get_progress/${jobId}`);
}

/** Keeps a value for the run of the flow that this job is a step of. */
export async function setFlowUserState(key: string, value: Value, errorIfNotPossible = false): Promise<void> {
  await orNull(errorIfNotPossible, async () => {
    await send("POST", `jobs/flow/user_states/${await getRootJobId()}/${encodeURIComponent(key)}`, { body: value ?? null });
  });
}

/** A value that a step of the flow has kept. */
export async function getFlowUserState(key: string, errorIfNotPossible = false): Promise<Value> {
  return await orNull(errorIfNotPossible, async () =>
    await json("GET", `jobs/flow/user_states/${await getRootJobId()}/${encodeURIComponent(key)}`));
}

async function orNull<T>(isStrict: boolean, body: () => Promise<T>): Promise<T | null> {
  try {
    return await body();
  } catch (error) {
    if (isStrict || !(error instanceof ApiError)) throw error;
    return null;
  }
}

/** Addresses by which a waiting flow goes on or ends. */
export async function getResumeUrls(
  approver?: string,
  flowLevel?: boolean,
): Promise<{ approvalPage: string; resume: string; cancel: string }> {
  const nonce = Math.floor(Math.random() * 4294967295);
  return await json("GET", `jobs/resume_urls/${variable("WM_JOB_ID")}/${nonce}`, {
    query: { approver, flow_level: flowLevel },
  });
}
