import type { DefinitionChange, MirroredParams } from "../tool-definitions.ts";
import type { DefinitionFact, SessionFact } from "../facts.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { EvaluatedCall } from "../exchange.ts";
import type { Subject } from "../subject.ts";
import type { ToolCall } from "../tool-call.ts";
import type { FindingSource } from "./system.ts";

/** What sessions have done: read by `gather/`, written by `act/`. */
export interface SessionLedger {
  fact(subject: Subject, call: ToolCall, now: number): SessionFact;
  /** One more call in this session's history. */
  observe(evaluated: EvaluatedCall, now: number): void;
  /** Durable when it returns; taints the principal too, so that a new session id launders nothing. */
  label(evaluated: EvaluatedCall, labels: readonly string[]): void;
}

/** Definitions seen in tools/list answers; the first one seen is pinned. */
export interface DefinitionLedger {
  fact(server: string, tool: string): DefinitionFact;
  /** Which headers repeat which arguments, by the definition seen last; null when none was ever seen. */
  mirrored(server: string, tool: string): MirroredParams | null;
  /** Known here at once, and durable after `keep`. False when the server has listed too many tools for this one to be remembered. */
  observe(server: string, tool: string, definition: JsonObject): boolean;
  /** Writes what was observed to the store, in one transaction. @throws when it cannot be written; it is kept for the next time */
  keep(): void;
}

/** Definitions that differ from the pinned ones, for people. */
export interface DefinitionReviews extends FindingSource {
  changes(limit: number): { readonly items: readonly DefinitionChange[]; readonly total: number };
  /** Pins the definition with this digest; effective on the next call. @throws Refusal definition_moved when another was seen last */
  accept(acceptance: Acceptance): void;
}

/** Who accepted which definition of a tool, and when. */
export interface Acceptance {
  readonly server: string;
  readonly tool: string;
  readonly digest: string;
  readonly by: string;
  readonly at: number;
}

/** Sessions and what they have done, durable as far as labels go. */
export interface SessionStore {
  labels(key: string): readonly string[];
  /** Labels only grow; durable when it returns. */
  addLabels(key: string, labels: readonly string[], now: number): void;
}

/** The first definition seen of each tool, by server and tool, and the one seen last. Durable when a method returns. */
export interface DefinitionStore {
  get(server: string, tool: string): SeenDefinition | null;
  /** Null when none but the first was ever seen. */
  last(server: string, tool: string): SeenDefinition | null;
  /** Names pinned of this server, with the day (since 1970) on which each was listed last. */
  listed(server: string): ReadonlyMap<string, number>;
  /** In one transaction. Pins what is not pinned yet; of what is pinned it is the definition seen last. */
  observed(all: readonly ObservedTool[]): void;
  /** Drops the server's tools that were last listed before this day, but none whose change is not accepted. @returns how many */
  drop(server: string, before: number): number;
  /** Tools whose last definition is not the pinned one, by server and name. */
  changes(limit: number): readonly ChangedDefinition[];
  countChanges(): number;
  /** False when the definition seen last has another digest, or is pinned already. Keeps who accepted it; durable when it returns. */
  accept(acceptance: Acceptance): boolean;
  /** True when another process wrote to the store since the last look. */
  changedElsewhere(): boolean;
}

export interface ObservedTool {
  readonly server: string;
  readonly tool: string;
  readonly day: number;
  /** The first and the last one seen; none when it is the one that the store has. */
  readonly seen: readonly SeenDefinition[];
}

export interface ChangedDefinition {
  readonly server: string;
  readonly tool: string;
  readonly pinned: SeenDefinition;
  readonly last: SeenDefinition;
}

export interface SeenDefinition {
  readonly digest: string;
  readonly definition: JsonObject;
}
