import { serverTime } from "../state/clock.ts";
import { signedOut, session } from "../state/session.ts";

/** What the API refused, with its own sentence; status 0 when the server was not reached. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
  }
}

interface Options {
  /** The page asks by itself, nobody touched it: does not count as activity of the session. */
  readonly passive?: boolean;
}

/** @throws ApiProblem */
export function get<T>(path: string, options: Options = {}): Promise<T> {
  return call<T>("GET", path, undefined, options.passive === true ? { "X-Passive": "1" } : {});
}

/** @throws ApiProblem */
export function post<T>(path: string, body: unknown): Promise<T> {
  const csrf = session.value?.csrf;
  return call<T>("POST", path, JSON.stringify(body), {
    "Content-Type": "application/json",
    ...(csrf === undefined ? {} : { "X-CSRF-Token": csrf }),
  });
}

async function call<T>(
  method: string,
  path: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<T> {
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(path, init).catch(() => {
    throw new ApiProblem(0, "unreachable", "The gateway cannot be reached. Is it running?");
  });
  const data: unknown = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw problem(answer.status, data);
  if (typeof data === "object" && data !== null && "now" in data && typeof data.now === "number") serverTime(data.now);
  return data as T;
}

function problem(status: number, data: unknown): ApiProblem {
  const said = (typeof data === "object" && data !== null ? data : {}) as {
    code?: string;
    title?: string;
    detail?: string;
  };
  if (said.code === "session_required") signedOut();
  const text = [said.title ?? `The gateway answered ${status}.`, said.detail]
    .filter((part) => part !== undefined)
    .join(" ");
  return new ApiProblem(status, said.code ?? "unknown", text);
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
