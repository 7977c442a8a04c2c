import type { JsonObject } from "../../lib/json.ts";

/** What an agent's client is about to execute itself, in the words that all clients have in common. */
export interface LocalCall {
  /** Name in the catalog, below the server of local tools. */
  readonly tool: string;
  readonly arguments: JsonObject;
  /** The client's own id of the agent's run; null when it says none. */
  readonly session: string | null;
  /** Folder that the client works in. */
  readonly folder: string | null;
}

/** A call that the gateway itself judges when it arrives there, or that is none. */
export interface NotAsked {
  readonly notAsked: string;
}

/** What the hook answers its client. */
export type Answer =
  | { readonly effect: "allow" }
  /** `reason` is one text for the model and the person: why, with codes, and what to do next. */
  | { readonly effect: "deny"; readonly reason: string };

/** What a client's process gets back. */
export interface HookOutput {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: 0 | 2;
}

/** One client: how its question is read, and how it wants to be answered. */
export interface HookClient {
  /** @throws HookFailure for what is not the client's documented form */
  read(input: JsonObject, through: Through): LocalCall | NotAsked;
  /** `input` is null when it could not be read. */
  answer(answer: Answer, input: JsonObject | null): HookOutput;
}

/** What goes through the gateway anyway, so that it is judged there and not asked about twice. */
export interface Through {
  /** scheme://host[:port] of the gateway. */
  readonly gateway: string;
  /** Names under which the client's configuration has the gateway's MCP servers. */
  readonly servers: ReadonlySet<string>;
}

/** Why nothing can be executed, as one sentence for people. */
export class HookFailure extends Error {}

/** Longest text of an argument that is sent; a longer one is told by its length and digest. */
export const longestText = 32_768;
