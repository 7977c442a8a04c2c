import type { Plan } from "./edits.ts";
import type { HookSettings } from "./hook-command.ts";
import type { Places } from "./places.ts";

export type Scope = "project" | "user";

/** One MCP server of the gateway, as a client knows it. */
export interface ServedRoute {
  readonly name: string;
  readonly url: string;
}

/** What is to be written for a client. */
export interface Connecting {
  readonly scope: Scope;
  readonly servers: readonly ServedRoute[];
  /** Environment variable with a token for these servers; null: the client signs in by OAuth. */
  readonly tokenVariable: string | null;
  /** Null: no hook. */
  readonly hook: HookSettings | null;
  readonly places: Places;
}

/** How one client is connected. */
export interface ConnectClient {
  /** As its maker calls it. */
  readonly title: string;
  readonly scopes: readonly Scope[];
  /** Whether it asks a hook before it executes something itself. */
  readonly hasHook: boolean;
  /** @throws CliFailure for what the client cannot have */
  plan(connecting: Connecting): Plan;
  /** Settings of the whole machine that its users cannot change; null when the client has none in a file. */
  readonly managed: ((connecting: Connecting) => Plan) | null;
}
