import { Refusal } from "../../domain/errors.ts";
import { ownPathOf } from "../../domain/route.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { type AnswerHead, answerHeaderRule } from "../../domain/upstream-answer.ts";

/** RFC 9110 §7.6.1: meant for one connection only, never passed on. */
const perConnection: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const none: ReadonlySet<string> = new Set();
const typeAlone: ReadonlySet<string> = new Set(["content-type"]);

/** Name a resource by its address at the tool server. */
const references: ReadonlySet<string> = new Set(["location", "content-location"]);

type AnsweredCall = Pick<ToolCall, "route" | "request">;

/** The head of an answer, read once from undici's raw list of headers. */
export class ReceivedHead implements AnswerHead {
  readonly status: number;
  /** Content-Type in lower case, empty when absent. */
  readonly type: string;
  readonly isEventStream: boolean;
  /** As sent; the three lists go together. */
  readonly #names: string[] = [];
  readonly #lower: string[] = [];
  readonly #values: string[] = [];
  readonly #call: AnsweredCall | null;
  readonly #raw: readonly Buffer[];

  /** `call`: what is answered; without it nothing is passed on that depends on the route. */
  constructor(status: number, raw: readonly Buffer[], call: AnsweredCall | null = null) {
    this.status = status;
    this.#call = call;
    this.#raw = raw;
    for (let at = 0; at + 1 < raw.length; at += 2) {
      const name = (raw[at] as Buffer).toString("latin1");
      this.#names.push(name);
      this.#lower.push(name.toLowerCase());
      this.#values.push((raw[at + 1] as Buffer).toString("latin1"));
    }
    this.type = this.header("content-type")?.toLowerCase() ?? "";
    this.isEventStream = this.type.startsWith("text/event-stream");
  }

  /** To HEAD, and in a 304, the length is that of another answer (RFC 9110 §8.6). */
  get hasBody(): boolean {
    return this.#call?.request.method !== "HEAD" && this.status !== 204 && this.status !== 304;
  }

  /** The same head without the headers in `drop`, and with this length of the body when one is given. */
  withBody(drop: ReadonlySet<string>, length: number | null): ReceivedHead {
    return length === null ? this.#without(drop) : this.#without(drop, "content-length", String(length));
  }

  /** The same head, of an event stream. */
  asEvents(): ReceivedHead {
    return this.#without(typeAlone, "content-type", "text/event-stream");
  }

  /** All values of a header in one line, its name given in lower case; null when absent. */
  header(name: string): string | null {
    let found: string | null = null;
    for (let at = this.#lower.indexOf(name); at !== -1; at = this.#lower.indexOf(name, at + 1)) {
      const value = this.#values[at] as string;
      found = found === null ? value : `${found}, ${value}`;
    }
    return found;
  }

  /**
   * The gateway's own headers and what may be passed on, as a flat list for `writeHead`: nothing that is per connection, that the
   * tool server's Connection names, that speaks for the gateway's origin, or that is to be dropped. References lead into the route.
   */
  passedOn(own: readonly string[], drop: ReadonlySet<string> = none): string[] {
    const named = this.#connectionNames();
    const headers = [...own];
    if (this.#call !== null && this.#call.route.origins.length > 0) headers.push("Vary", "Origin");
    for (let at = 0; at < this.#lower.length; at += 1) {
      const name = this.#lower[at] as string;
      if (perConnection.has(name) || named.has(name) || drop.has(name) || !this.#mayPass(name)) continue;
      // RFC 9110 §8.6: some callers would wait for a body.
      if (this.status === 204 && name === "content-length") continue;
      const value = this.#shown(name, this.#values[at] as string);
      if (value !== null) headers.push(this.#names[at] as string, value);
    }
    return headers;
  }

  /**
   * What can be told from the head alone: an answer whose framing has a second reading, or that says it is larger than `maxBytes`.
   * @throws Refusal upstream_answer_refused, upstream_too_large
   */
  assertReadable(maxBytes: number): void {
    const coding = this.header("transfer-encoding");
    // The coding below `chunked` would be taken off by nobody, and no header would tell the caller of it.
    if (coding !== null && coding.toLowerCase() !== "chunked")
      throw new Refusal("upstream_answer_refused", { detail: `Transfer-Encoding: ${coding.slice(0, 80)}` });
    if (!this.hasBody) return;
    const length = Number(this.header("content-length") ?? 0);
    if (length > maxBytes)
      throw new Refusal("upstream_too_large", { detail: `Content-Length ${length}, at most ${maxBytes}` });
  }

  #without(drop: ReadonlySet<string>, ...added: readonly string[]): ReceivedHead {
    const raw = this.#raw.filter((_one, at) => !drop.has(this.#lower[Math.floor(at / 2)] ?? ""));
    return new ReceivedHead(this.status, [...raw, ...added.map((text) => Buffer.from(text))], this.#call);
  }

  #mayPass(name: string): boolean {
    const rule = answerHeaderRule(name);
    return rule === "pass" || (rule === "ask-route" && this.#call?.route.upstream.answerHeaders.has(name) === true);
  }

  #shown(name: string, value: string): string | null {
    if (references.has(name)) return this.#reference(name);
    return name === "cache-control" ? forOneCaller(value) : value;
  }

  #reference(name: string): string | null {
    const value = this.#lower.indexOf(name) === this.#lower.lastIndexOf(name) ? this.header(name) : null;
    return value === null || this.#call === null ? null : routedReference(value, this.#call);
  }

  #connectionNames(): ReadonlySet<string> {
    const value = this.header("connection")?.toLowerCase() ?? "";
    // Nearly every tool server says one of these, or nothing.
    if (value === "" || value === "keep-alive" || value === "close") return none;
    return new Set(value.split(",").map((word) => word.trim()));
  }
}

/**
 * The tool server's answer is the same for whoever has the gateway's credential; the gateway's answer is for the caller that was judged.
 * A cache that callers share would give it to others, unjudged (RFC 9111 §5.2.2).
 */
function forOneCaller(cacheControl: string): string {
  const directives = cacheControl.split(",").map((one) => one.trim());
  return ["private", ...directives.filter((one) => one !== "" && !forSharedCaches.test(one))].join(", ");
}

const forSharedCaches = /^(?:public|private|s-maxage|proxy-revalidate)(?:\s*=.*)?$/i;

/**
 * A reference of the tool server's answer (`Location`, RFC 9110 §10.2.2) as its caller can follow it: the same resource below
 * the route's prefix, as path, query and fragment. Null for whatever lies outside of the route: another origin, another folder
 * of the tool server, the gateway's own paths, or a path that the gateway would refuse.
 */
export function routedReference(value: string, { route, request }: Pick<ToolCall, "route" | "request">): string | null {
  const { origin } = route.upstream;
  const url = URL.canParse(value, origin + request.target) ? new URL(value, origin + request.target) : null;
  if (url === null || url.origin !== new URL(origin).origin) return null;
  const from = withoutSlash(route.upstreamPrefix);
  if (url.pathname !== from && !url.pathname.startsWith(`${from}/`)) return null;
  const path = `${withoutSlash(route.prefix)}${url.pathname.slice(from.length)}` || "/";
  // Two slashes at the beginning would name another host.
  if (path.includes("//") || ownPathOf(path) !== undefined) return null;
  return path + url.search + url.hash;
}

function withoutSlash(prefix: string): string {
  return prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
}
