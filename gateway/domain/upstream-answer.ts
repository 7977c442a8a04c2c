import { Recent } from "../lib/caches.ts";

/**
 * Headers of a tool server's answer that a caller gets only on a route that names them (`upstream.answer_headers`). They speak for
 * the origin of their sender, and to a caller that origin is the gateway's, which all routes share. `Link` and the headers of
 * a single document (`Content-Security-Policy` and kin) are not among them: they say nothing that the body could not say as well.
 */
export const withheldAnswerHeaders = [
  // State that a browser or cookie jar keeps for the whole origin. The request's `Cookie` is not forwarded either.
  ..."set-cookie set-cookie2 clear-site-data service-worker-allowed use-as-dictionary set-login accept-ch critical-ch".split(
    " ",
  ),
  // Where and how callers connect to the gateway from now on, and who is told of their connections.
  ..."alt-svc strict-transport-security public-key-pins public-key-pins-report-only expect-ct nel report-to".split(" "),
  "reporting-endpoints",
  // Another place to load, by a way that is not checked as `Location` is.
  "refresh",
  // Challenges and proofs between the tool server and the gateway's own credential. An MCP client looks up the authorization
  // server that a challenge names, and a DPoP nonce would replace the one that the gateway gave.
  ..."www-authenticate authentication-info proxy-authentication-info dpop-nonce".split(" "),
  // Orders to a reverse proxy in front of the gateway.
  ..."x-accel-redirect x-accel-expires x-accel-limit-rate x-accel-charset x-accel-buffering x-sendfile".split(" "),
  ..."x-lighttpd-send-file x-lighttpd-send-tempfile x-reproxy-url surrogate-control edge-control".split(" "),
  // The same to caches that callers share, which would give one caller's answer to another.
  ..."cdn-cache-control cloudflare-cdn-cache-control vercel-cdn-cache-control netlify-cdn-cache-control".split(" "),
] as const;

const byRoute: ReadonlySet<string> = new Set(withheldAnswerHeaders);

/** Which web pages may read an answer is said by the route's `origins`, whatever the tool server thinks of it. */
const never: readonly string[] = ["access-control-", "timing-allow-origin"];

/** Names that the gateway alone may use, and what CGI-like readers take for them. */
const ownNames = /^(?:x[-_])?sallyport[-_]/;

type AnswerHeaderRule = "pass" | "ask-route" | "never";

/** Tool servers send the same few names again and again. */
const recent = new Recent<AnswerHeaderRule>(256);

/** What becomes of an answer's header, its name given in lower case. */
export function answerHeaderRule(name: string): AnswerHeaderRule {
  const known = recent.get(name);
  if (known !== undefined) return known;
  const rule = ruleOf(name);
  recent.set(name, rule);
  return rule;
}

function ruleOf(name: string): AnswerHeaderRule {
  if (byRoute.has(name)) return "ask-route";
  return ownNames.test(name) || never.some((prefix) => name.startsWith(prefix)) ? "never" : "pass";
}

/** Status and headers of a tool server's answer. */
export interface AnswerHead {
  readonly status: number;
  /** Content-Type in lower case, empty when absent. */
  readonly type: string;
  readonly isEventStream: boolean;
  /** All values of a header in one line, its name given in lower case; null when absent. */
  header(name: string): string | null;
  /** The gateway's own headers and what may be passed on, without those in `drop`, as a flat list for `writeHead`. */
  passedOn(own: readonly string[], drop?: ReadonlySet<string>): string[];
}

/** Where a tool server's answer goes, piece by piece. */
export interface AnswerSink {
  /** Called once, first. May throw a Refusal: the upstream request is then aborted. */
  head(head: AnswerHead): void;
  /** Whether even an event stream has to end, within the limits of any answer, because nothing of it passes before; asked after `head`. */
  readonly isBounded?: boolean;
  /** Whether an event stream, too, is kept until it has ended. */
  readonly keepsWhole?: boolean;
  /** False when no more can be taken now; `onDrain` then tells when it can, or why it never will. */
  data(chunk: Buffer): boolean;
  /** The same of pieces that came together, two at least. Absent: they are handed over as one, which is a copy of all of them. */
  pieces?(chunks: readonly Buffer[]): boolean;
  onDrain(resume: (failure?: Error) => void): void;
  /** Access has ended: nothing of the answer is handed over any more. @returns whether one more event may follow what has passed */
  stop?(): boolean;
  /** The answer has ended before it was complete. A promise when something of what has passed has still to be looked up. */
  brokenOff?(): Promise<void>;
  /** The gateway stops: ends an open event stream as its tool server would. @returns false when none is open */
  close?(): boolean;
  /** The answer is complete. A promise when something of it has still to be looked up. */
  end(): void | Promise<void>;
}
