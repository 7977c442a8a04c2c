import { serverTime } from "../state/clock.ts";
import { lookForFindings } from "../state/findings.ts";
import { sessionOver, session } from "../state/session.ts";

/** An error answer of the API, with its sentence; status 0 when the server was not reached. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  /** What to do about it; for some codes one word. */
  readonly detail: string;

  constructor(status: number, code: string, message: string, detail = "") {
    super(message);
    this.name = "ApiProblem";
    this.status = status;
    this.code = code;
    this.detail = detail;
  }
}

interface Options {
  /** A request that no action of the user caused; it does not count as activity of the session. */
  readonly passive?: boolean;
}

/** @throws ApiProblem */
export function get<T>(path: string, options: Options = {}): Promise<T> {
  return call<T>("GET", path, undefined, passiveHeader(options));
}

/** @throws ApiProblem */
export function post<T>(path: string, body: unknown, options: Options = {}): Promise<T> {
  const csrf = session.value?.csrf;
  return call<T>("POST", path, JSON.stringify(body), {
    "Content-Type": "application/json",
    ...(csrf === undefined ? {} : { "X-CSRF-Token": csrf }),
    ...passiveHeader(options),
  });
}

function passiveHeader({ passive = false }: Options): Record<string, string> {
  return passive ? { "X-Passive": "1" } : {};
}

async function call<T>(
  method: string,
  path: string,
  body: string | undefined,
  headers: Record<string, string>,
): Promise<T> {
  const init = { method, headers, ...(body === undefined ? {} : { body }) };
  let { answer, data } = await ask(path, init);
  // A step-up changes the session's id; a request that was sent with the old id checks whether the session still
  // exists.
  if (isOver(data) && path !== "/api/session" && (await ask("/api/session", passive)).answer.ok)
    ({ answer, data } = await ask(path, init));
  if (!answer.ok) throw problem(answer.status, data);
  if (typeof data === "object" && data !== null && "now" in data && typeof data.now === "number") serverTime(data.now);
  return data as T;
}

const passive: RequestInit = { headers: { "X-Passive": "1" } };

async function ask(path: string, init: RequestInit): Promise<{ answer: Response; data: unknown }> {
  const answer = await fetch(path, init).catch(() => {
    throw new ApiProblem(0, "unreachable", "The gateway cannot be reached. Is it running?");
  });
  return { answer, data: answer.status === 204 ? null : await answer.json().catch(() => null) };
}

function isOver(data: unknown): boolean {
  return typeof data === "object" && data !== null && "code" in data && data.code === "session_required";
}

function problem(status: number, data: unknown): ApiProblem {
  const said = (typeof data === "object" && data !== null ? data : {}) as {
    code?: string;
    title?: string;
    detail?: string;
  };
  if (isOver(data)) sessionOver();
  if (status === 503) lookForFindings();
  const title = said.title ?? `The gateway answered ${status}.`;
  const text = said.detail === undefined ? title : `${title} (${said.detail})`;
  return new ApiProblem(status, said.code ?? "unknown", text, said.detail);
}

/** Nothing is kept under this address: asking again does not help. */
export function isUnknown(thrown: unknown): boolean {
  return thrown instanceof ApiProblem && thrown.status === 404;
}

export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
