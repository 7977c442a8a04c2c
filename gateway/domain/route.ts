import type { JsonValue } from "../lib/json.ts";
import type { Pins } from "./tool-definitions.ts";

/** Where calls go and how they must be formed. Read from `sallyport.yaml` at the start, never changed. */
export interface Route {
  readonly id: string;
  /** Exact lower-case host (with port when not the default), or "*" for any. */
  readonly host: string;
  /** Canonical path prefix, matched at segment borders; "/" matches all. */
  readonly prefix: string;
  /** What the prefix becomes upstream; equal to `prefix` when nothing is rewritten. */
  readonly upstreamPrefix: string;
  /** authzen: a question of another enforcement point; never configured as a route, never forwarded. */
  readonly protocol: "http" | "mcp" | "authzen";
  /** The tool server's name; tools are `<server>/<tool>`. */
  readonly server: string;
  readonly upstream: Upstream;
  readonly methods: ReadonlySet<string>;
  /** The audience an access token must name exactly. */
  readonly audience: string;
  /** Issuers this route trusts: by `iss`, and those of other kinds than signed tokens by kind and `iss`. */
  readonly issuers: readonly string[];
  /** Scopes that clients are told to ask for; whether a token has them is for policy to judge. */
  readonly scopes: readonly string[];
  /** How a caller must prove possession of its key; absent: as the token requires. */
  readonly proof?: ProofRules;
  readonly body: BodyRules;
  /** OpenAPI document as parsed JSON or YAML, for protocol http. */
  readonly openapi: unknown;
  /** Browser origins allowed to call; requests without Origin always may. */
  readonly origins: readonly string[];
  readonly hold: HoldRules;
  readonly results: ResultPolicy;
  /** In the place of a list of all tools; absent or null: tools are listed. Protocol mcp. */
  readonly toolSearch?: ToolSearch | null;
  /** The same for all routes of the server. Absent: first_use. Protocol mcp. */
  readonly pins?: Pins;
  /** The HTTP route whose operations are the tools of this one, which the gateway itself serves. Absent: the upstream has its own. */
  readonly operationsOf?: Route;
  readonly session: SessionNames;
  /** Whether calls belong to a task (a lease). off: calls within one are refused. Absent: optional. */
  readonly task?: TaskRule;
  /** strict: the decision record is on disk before the first upstream byte. buffered: queued, with a hard cap. */
  readonly durability: "strict" | "buffered";
  /** Name of the gateway's own credential that every call of this route carries upstream; absent or null: none. */
  readonly credential?: string | null;
}

/** Two tools of the gateway's own, by whose names callers find the tools of the server and call them. */
export interface ToolSearch {
  readonly searchAs: string;
  readonly callAs: string;
}

export type TaskRule = "required" | "optional" | "off";

/** Where a caller names its session itself. */
export interface SessionNames {
  /** Of a header, lower case. */
  readonly header: string;
  /** Key of an MCP message's `_meta`. */
  readonly meta: string;
}

export interface ProofRules {
  /** A token that is bound to no key is refused before policy is evaluated. */
  readonly required: boolean;
  /** Proofs by DPoP must carry a nonce of this gateway (RFC 9449 §9); null: as the token's issuer is configured. */
  readonly dpopNonce: boolean | null;
}

export interface Upstream {
  /** scheme://host[:port], nothing after it; of a command `stdio://<route>`. */
  readonly origin: string;
  /** Spoken to by a bridge inside of the gateway; absent: over HTTP at `origin`, as the protocol of the route says. */
  readonly bridge?: CommandServer | SseServer;
  /** Address classes beyond public ones that this route may connect to. */
  readonly addresses: ReadonlySet<AddressClass>;
  readonly connectTimeoutMs: number;
  /** Until the response headers; also between body chunks, except on event streams. */
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly connections: number;
  /** Lower-case names out of `withheldAnswerHeaders` that callers get all the same. */
  readonly answerHeaders: ReadonlySet<string>;
  /** Lower-case names of the callers' headers by which this tool server chooses what it executes: policy sees them. */
  readonly requestHeaders: ReadonlySet<string>;
}

/** A tool server that the gateway runs and speaks to over its standard streams. */
export interface CommandServer {
  readonly kind: "command";
  /** As the configuration has it. */
  readonly named: string;
  /** Absolute; with what limits it before it is started. */
  readonly program: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The whole of it. */
  readonly env: readonly EnvironmentEntry[];
  /** Who shares a process. */
  readonly per: "person" | "session" | "route";
  /** null: as the gateway itself. */
  readonly account: { readonly uid: number; readonly gid: number } | null;
  /** Until it has answered `initialize`; a call waits no longer for a process. */
  readonly startTimeoutMs: number;
  readonly idleMs: number;
  /** Most at once. */
  readonly processes: number;
}

export interface EnvironmentEntry {
  readonly name: string;
  /** A secret's reference, or the value itself. */
  readonly from: { readonly reference: string } | { readonly value: string };
}

/** An MCP server that speaks HTTP with SSE (MCP 2024-11-05); its event stream is at `upstreamPrefix`. */
export interface SseServer {
  readonly kind: "sse";
}

export type AddressClass = "public" | "private" | "loopback" | "link-local" | "unspecified" | "multicast" | "reserved";

export interface BodyRules {
  /** read: policy sees the arguments. omit: the body is forwarded unread and `arguments_omitted` is true. */
  readonly policy: "read" | "omit";
  readonly maxBytes: number;
  /** Media types without parameters, lower case. */
  readonly accept: readonly string[];
  readonly limits: JsonLimits;
}

export interface JsonLimits {
  readonly maxDepth: number;
  readonly maxKeysPerObject: number;
  readonly maxKeys: number;
  /** In UTF-8 bytes as sent. */
  readonly maxStringBytes: number;
}

/** How the answers of tools are read that have rules about results. */
export interface ResultPolicy {
  /** read: policy sees the content. scan: status, types, size and findings. off: the rules are not asked. */
  readonly policy: "read" | "scan" | "off";
  /** Largest answer that is held back to be judged, and the largest MCP message, in bytes. */
  readonly maxBytes: number;
  /** pass-labelled: it passes unread, and the session gets a label before. */
  readonly oversize: "block" | "pass-labelled";
  /** Event streams of plain HTTP. */
  readonly streams: "buffer" | "pass-labelled";
}

export interface HoldRules {
  /** HTTP status of the answer that a call is held. */
  readonly status: 202 | 403 | 409;
  /** Longest wait with the connection open when the caller asked for one (Prefer: wait, progress). */
  readonly maxWaitMs: number;
  /** Longest wait without progress messages, for MCP callers that set no preference. */
  readonly silentWaitMs: number;
  /** How long MCP clients wait for an answer before they give up. */
  readonly clientTimeoutMs: number;
  /** MCP clients with a progress token restart their timeout at each progress message. */
  readonly progressResetsTimeout: boolean;
  /** How long the result of an approved call is kept for its caller; 0: not at all. */
  readonly keepResultMs: number;
  readonly progressEveryMs: number;
  /** MCP: the gateway offers tasks of its own to callers that can use them. */
  readonly tasks: boolean;
  /** MCP: clients that declare URL-mode elicitation are sent to the page of their held call. */
  readonly approvalPage: boolean;
  /** Transport headers that have a meaning for this tool server, so that an approval binds them too. Lower-case names. */
  readonly boundHeaders: ReadonlySet<string>;
  /** What happens to the held call when its caller cancels the request. */
  readonly onCancel: "detach" | "withdraw";
}

/** The head of a request to one of the gateway's own endpoints, read as strictly as one that is forwarded. */
interface OwnHead {
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  /** Decoded once; no name comes twice. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  header(name: string): string | null;
}

/** One whose body is JSON. */
export interface OwnRequest extends OwnHead {
  /** undefined without a body. */
  readonly document: JsonValue | undefined;
}

/** One whose body is not JSON. */
export interface OwnTextRequest extends OwnHead {
  /** As it came, byte by byte; empty without a body. */
  readonly text: string;
}

/** Paths of the gateway's own endpoints on the agents listener, including everything below them. */
const ownPaths: readonly string[] = ["/approvals", "/livez", "/readyz", "/healthz", "/.well-known"];

/** The gateway's own path that this path equals or lies below; undefined when a route may use it. */
export function ownPathOf(path: string): string | undefined {
  return ownPaths.find((taken) => path === taken || path.startsWith(`${taken}/`));
}

/** HEAD is GET without a body in the answer (RFC 9110 §9.3.2), so a route that allows GET allows HEAD. */
export function allowsMethod({ methods }: Pick<Route, "methods">, method: string): boolean {
  return methods.has(method) || (method === "HEAD" && methods.has("GET"));
}
