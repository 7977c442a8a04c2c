import { existsSync } from "node:fs";
import { Option } from "commander";
import { isLoopback } from "../../net/addresses.ts";
import type { Config } from "../../config/config.ts";
import { environmentVariable, parseReference, readSecret } from "../../config/environment.ts";
import { readConfig } from "../../config/read-config.ts";
import { EventReader } from "../../lib/event-stream.ts";
import { configOption, type ConfigOptions, CliFailure, exits } from "./verb.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** Options of the verbs that sign in to the console. */
export interface ConsoleOptions extends ConfigOptions {
  readonly console?: string;
  readonly user?: string;
  readonly passwordFile?: string;
}

export const consoleOption = new Option(
  "--console <url>",
  "console of the gateway; default: SALLYPORT_CONSOLE, else the configuration's",
);

export const consoleOptions: readonly Option[] = [
  consoleOption,
  new Option("--user <name>", "who signs in; default: SALLYPORT_USER, else the configuration's only user"),
  new Option("--password-file <file>", "file with the password; default: the variable SALLYPORT_PASSWORD"),
  configOption,
];

/** The same options as words of a command line that a person repeats; those that were not given are left out. */
export function writtenOptions({ console, user, passwordFile, config }: ConsoleOptions): string[] {
  return [
    ...(console === undefined ? [] : ["--console", console]),
    ...(user === undefined ? [] : ["--user", user]),
    ...(passwordFile === undefined ? [] : ["--password-file", passwordFile]),
    ...(config === configOption.defaultValue ? [] : ["-c", config]),
  ];
}

/** A signed-in session with the console's HTTP API. */
export interface ConsoleSession {
  get(path: string): Promise<Record<string, unknown>>;
  post(path: string, body: object): Promise<Record<string, unknown>>;
  /** Server-sent events until the stream or `stop` ends it. */
  events(stop: AbortSignal): AsyncGenerator<{ readonly name: string; readonly data: unknown }>;
}

const timeoutMs = 15_000;
const json = { accept: "application/json", "content-type": "application/json" };

/** Signs in, runs `work`, and signs out also when it throws. @throws CliFailure */
export async function withConsole<T>(
  options: ConsoleOptions,
  work: (session: ConsoleSession) => Promise<T>,
): Promise<T> {
  const origin = consoleUrl(options);
  const body = JSON.stringify(credentialsOf(options));
  const answer = await send(origin, "/api/login", { method: "POST", headers: json, body });
  const { csrf } = (await bodyOf(answer)) as { csrf?: string };
  // Of each cookie only name and value are sent back.
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const headers = { ...json, cookie, "x-csrf-token": csrf ?? "" };
  try {
    return await work({
      get: async (path) => bodyOf(await send(origin, path, { headers })),
      post: async (path, value) =>
        bodyOf(await send(origin, path, { method: "POST", headers, body: JSON.stringify(value) })),
      events: (stop) => events(origin, headers, stop),
    });
  } finally {
    await send(origin, "/api/logout", { method: "POST", headers, body: "{}" }).catch(() => null);
  }
}

/** The console's origin: from the option, the environment or the configuration. @throws CliFailure console_url */
export function consoleUrl(options: Pick<ConsoleOptions, "console" | "config">): string {
  const text =
    options.console ??
    environmentVariable("SALLYPORT_CONSOLE") ??
    configuredConsole(options.config)?.publicUrl ??
    "http://127.0.0.1:8701";
  if (!URL.canParse(text)) throw new CliFailure(exits.usage, "console_url", `${text} is not a URL.`);
  const url = new URL(text);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    throw new CliFailure(
      exits.usage,
      "console_url",
      `${url.origin} would carry the password in plain text; use https beyond loopback.`,
    );
  }
  return url.origin;
}

function credentialsOf(options: ConsoleOptions): { readonly user: string; readonly password: string } {
  const users = configuredConsole(options.config)?.login?.users ?? [];
  const user =
    options.user ?? environmentVariable("SALLYPORT_USER") ?? (users.length === 1 ? users[0]?.name : undefined);
  if (user === undefined) throw new CliFailure(exits.usage, "user_missing", "Say who signs in: --user NAME.");
  return { user, password: passwordOf(options) };
}

function passwordOf(options: ConsoleOptions): string {
  if (options.passwordFile === undefined) {
    const password = environmentVariable("SALLYPORT_PASSWORD");
    if (password !== null && password !== "") return password;
    throw new CliFailure(
      exits.usage,
      "password_missing",
      "Give the password in the variable SALLYPORT_PASSWORD or with --password-file FILE.",
    );
  }
  const reference = parseReference(`file:${options.passwordFile}`, process.cwd());
  try {
    if (reference !== null) return readSecret(reference);
  } catch (failure) {
    throw new CliFailure(exits.usage, "password_file", (failure as Error).message);
  }
  throw new CliFailure(exits.usage, "password_file", "--password-file needs a file name.");
}

/** Null without a configuration file: the console of a gateway on another machine needs none. */
function configuredConsole(file: string): Config["listeners"]["console"] | null {
  return existsSync(file) ? readConfig(file, { secrets: false }).listeners.console : null;
}

/** One request to the console; redirects are refused. @throws CliFailure unreachable */
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

/** The JSON object of a successful answer. @throws CliFailure with the console's own sentence */
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
    const value: unknown = parseJson(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Not JSON: refused below, like JSON that is no object.
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
  const reader = new EventReader({
    onEvent: ({ event, data }) => arrived.push({ name: event ?? "message", data: parseJson(data) }),
  });
  try {
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      reader.feed(chunk);
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
