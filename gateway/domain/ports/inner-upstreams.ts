import type { Route } from "../route.ts";
import type { Finding } from "./system.ts";

/** A judged request for a tool server behind a bridge, as it would leave for one over HTTP. */
export interface InnerRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Name and value in turn. */
  readonly headers: readonly string[];
  readonly body: Buffer | null;
  readonly caller: InnerCaller;
  /** Aborted when nobody waits for the answer any more, and when the whole answer was refused. */
  readonly signal: AbortSignal;
  /** Called once when the tool server is ready, right before it gets the request; what fails earlier was not executed. */
  readonly begin: () => void;
}

/** Unambiguous keys of who calls. */
export interface InnerCaller {
  /** Whose sessions the caller may use: issuer, subject, and the person that it acts for. */
  readonly principal: string;
  /** Who has a process of their own: issuer, and the person that calls or is acted for. */
  readonly person: string;
}

/** Answers as an MCP server over Streamable HTTP does, whatever the tool server behind it speaks. */
export interface InnerUpstream {
  /** Texts that no answer may show, each list kept by whoever made it. */
  readonly secrets: readonly (readonly string[])[];
  /** Rejects, and its body fails, with a Refusal: upstream_not_started, upstream_busy, upstream_ended. */
  send(request: InnerRequest): Promise<Response>;
}

export interface InnerUpstreams {
  /** Null for a route whose tool server is reached over HTTP as it is. */
  of(route: Route): InnerUpstream | null;
  /** What is wrong with them now. */
  findings(): readonly Finding[];
  /** Ends all that runs; resolves when it has ended. */
  close(): Promise<void>;
}
