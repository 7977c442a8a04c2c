import { createParser } from "eventsource-parser";
import type { ConsoleOptions } from "./console-access.ts";
import { consoleUrl, credentialsOf } from "./console-access.ts";
import { CliFailure, exits } from "./exit-codes.ts";

/** A signed-in session with the console's HTTP API. */
export interface ConsoleSession {
  readonly user: string;
  get(path: string): Promise<Record<string, unknown>>;
  post(path: string, body: object): Promise<Record<string, unknown>>;
  /** Server-sent events until the stream or `stop` ends it. */
  events(stop: AbortSignal): AsyncGenerator<{ readonly name: string; readonly data: unknown }>;
}

const timeoutMs = 15_000;

/** Signs in, runs `work`, signs out whatever happens. @throws CliFailure */
export async function withConsole<T>(
  options: ConsoleOptions,
  work: (session: ConsoleSession) => Promise<T>,
): Promise<T> {
  const origin = consoleUrl(options);
  const credentials = credentialsOf(options);
  const answer = await send(origin, "/api/login", { method: "POST", headers: json, body: JSON.stringify(credentials) });
  const { csrf } = (await bodyOf(answer)) as { csrf?: string };
  // The cookie jar of one short session: name and value are all that goes back.
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const headers = { ...json, cookie, "x-csrf-token": csrf ?? "" };
  try {
    return await work({
      user: credentials.user,
      get: async (path) => bodyOf(await send(origin, path, { headers })),
      post: async (path, body) =>
        bodyOf(await send(origin, path, { method: "POST", headers, body: JSON.stringify(body) })),
      events: (stop) => events(origin, headers, stop),
    });
  } finally {
    await send(origin, "/api/logout", { method: "POST", headers, body: "{}" }).catch(() => null);
  }
}

const json = { accept: "application/json", "content-type": "application/json" };

/** @throws CliFailure unreachable */
export async function send(origin: string, path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(origin + path, { ...init, redirect: "error", signal: signal ?? AbortSignal.timeout(timeoutMs) });
  } catch (failure) {
    const cause = (failure as { cause?: { code?: string; message?: string } }).cause;
    throw new CliFailure(
      exits.unreachable,
      "unreachable",
      `The console at ${origin} cannot be reached (${cause?.code ?? cause?.message ?? (failure as Error).name}). Is the gateway running?`,
    );
  }
}

/** The JSON object of a good answer. @throws CliFailure with the console's own sentence */
async function bodyOf(response: Response): Promise<Record<string, unknown>> {
  const body = await objectOf(response);
  if (response.ok) return body;
  const [title, detail] = [body["title"], body["detail"]].map((text) => (typeof text === "string" ? text : ""));
  const sentence = [
    title || `The console answered ${response.status}.`,
    detail && detail !== title ? `(${detail})` : "",
  ]
    .join(" ")
    .trim();
  const code = typeof body["code"] === "string" ? body["code"] : `http_${response.status}`;
  const shut = response.status === 401 || response.status >= 500;
  throw new CliFailure(shut ? exits.unreachable : exits.negative, code, sentence, { status: response.status });
}

async function objectOf(response: Response): Promise<Record<string, unknown>> {
  if (response.status === 204) return {};
  const text = await response.text();
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: said below, together with JSON of another shape.
  }
  throw new CliFailure(
    exits.unreachable,
    "not_a_console",
    `${new URL(response.url).origin} does not answer like a Sallyport console (status ${response.status}).`,
  );
}

async function* events(origin: string, headers: Record<string, string>, stop: AbortSignal) {
  const response = await send(origin, "/api/events", { headers: { ...headers, accept: "text/event-stream" } }, stop);
  if (!response.ok || response.body === null)
    throw new CliFailure(
      exits.unreachable,
      "events",
      `The console answered ${response.status} to a request for events.`,
    );
  const arrived: { name: string; data: unknown }[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => arrived.push({ name: event ?? "message", data: JSON.parse(data) as unknown }),
  });
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      parser.feed(chunk);
      yield* arrived.splice(0);
    }
  } catch (failure) {
    if (!stop.aborted)
      throw new CliFailure(
        exits.unreachable,
        "events",
        `The console closed the stream: ${(failure as Error).message}.`,
      );
  }
}
