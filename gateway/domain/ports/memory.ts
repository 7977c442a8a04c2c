import type { Revocable, Revocation } from "../revocation.ts";
import type { DefinitionKind, DefinitionName } from "../definition-kinds.ts";
import type { DefinitionChange, KnownDefinition, MirroredParams, WaitingDefinition } from "../tool-definitions.ts";
import type { McpVersion } from "../tool-call.ts";
import type { CatalogFact, DefinitionFact, SessionFact, SiteFact } from "../facts.ts";
import type { ProvenanceFacts } from "../provenance.ts";
import type { Awaitable } from "../../lib/awaitable.ts";
import type { CutText } from "../../lib/cut-text.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";
import type { EvaluatedCall } from "../exchange.ts";
import type { Subject } from "../subject.ts";
import type { ToolCall } from "../tool-call.ts";
import type { EndedEverywhere, EndNotice } from "./endings.ts";
import type { FindingSource } from "./system.ts";

/** Where the values of a session's calls come from: read by `gather/`, written by `act/`. */
export interface ProvenanceLedger {
  /** Reads what is kept of the session, so that `trace` need not wait for it; null when nothing has to be read. */
  load(subject: Subject, session: Pick<SessionFact, "id" | "trust">): Promise<unknown> | null;
  /** What is known of the values of this call's arguments. */
  trace(question: ProvenanceQuestion): Awaitable<ProvenanceFacts>;
  /** The call goes to its tool server, once: its values are said, and approved where people let it through. */
  sent(evaluated: EvaluatedCall, now: number): Awaitable<void>;
  /**
   * The call is held or denied: in a session that has said or read something, its values are said all the same, so that no later answer makes
   * them known by repeating them. @throws when the store cannot be written; they are said then until this process ends
   */
  notSent(evaluated: EvaluatedCall): Promise<void>;
  /** What came back, as it reaches the caller; `sent` comes first, so that no answer only repeats its call. @returns the labels that the session must have before the answer leaves; no promise where nothing has to be waited for */
  learn(evaluated: EvaluatedCall, answer: LearntAnswer, now: number): readonly string[] | Promise<readonly string[]>;
}

export interface ProvenanceQuestion {
  readonly call: ToolCall;
  readonly subject: Subject;
  readonly session: Pick<SessionFact, "id" | "trust" | "labels">;
  readonly catalog: CatalogFact;
  readonly site: SiteFact;
  /**
   * The text of the task: the token's, then what was added in the run. Each is one object as long as it is known, so that it
   * can be the key of what is made of it.
   */
  readonly taskTexts: readonly CutText[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What was added in the run to the text of a task, by clients that may. `of` is the port for everything that asks what the task
 * of a session says beside its token: a task's lease gets its text from here too, under a key of its own.
 */
export interface TaskTexts {
  /** In the order in which they were said; from memory when the key is known there. `now` in milliseconds since the epoch. */
  of(key: string, now: number): Promise<readonly CutText[]> | readonly CutText[];
  /** Durable when it resolves. What there is no room for is cut off. @throws when it cannot be written; nothing was added then */
  extend(added: AddedTaskText, now: number): Promise<KeptTaskText>;
}

export interface AddedTaskText {
  /** See `taskTextKey`. */
  readonly key: string;
  /** The client in whose share it is kept; see `clientKey`. */
  readonly by: string;
  readonly text: CutText;
}

export interface KeptTaskText {
  /** What stands for the text; null when there was no room for any of it. */
  readonly kept: CutText | null;
  /** All that is kept under the key. */
  readonly texts: readonly CutText[];
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Texts of tasks, by key. Durable when a method resolves. */
export interface TaskTextStore {
  /** Null when there is none, or it has expired. */
  read(key: string, now: number): Promise<StoredTaskTexts | null>;
  /**
   * In one transaction, as `withTaskText` adds; all of the key's texts then expire at `expires`. When the client has more than
   * `mostKeys` keys, those that expire first are dropped.
   */
  extend(
    added: AddedTaskText,
    limits: { readonly now: number; readonly expires: number; readonly mostKeys: number },
  ): Promise<StoredTaskTexts & Pick<KeptTaskText, "kept"> & { readonly dropped: readonly string[] }>;
  /** Removes what has expired. */
  purge(now: number): Promise<void>;
  /** True when another process wrote to the store since the last look. Looks at memory only, or nearly so. */
  changedElsewhere(): boolean;
}

export interface StoredTaskTexts extends Pick<KeptTaskText, "texts" | "expires"> {
  /** The client that added last. */
  readonly by: string;
}

export interface LearntAnswer {
  /** The tool whose answer it is. */
  readonly tool: string;
  readonly catalog: CatalogFact;
  /** JSON or text; null when nobody has read it. */
  readonly content: JsonValue;
}

/** Definitions seen in the lists of servers; the first one seen is pinned. */
export interface DefinitionLedger {
  /**
   * From memory when it is known there. A resource that no list has named has the definition of its template; where several
   * templates may give it, it has what holds for all of them. A server may list other forms to callers of another version of MCP: here and
   * below, the version is the caller's, and null or absent where no caller's counts.
   */
  fact(of: DefinitionName, version?: McpVersion | null): Awaitable<DefinitionFact>;
  /** Which headers repeat which arguments, by the definition seen last; null when none was ever seen. */
  mirrored(server: string, tool: string, version?: McpVersion | null): Promise<MirroredParams | null>;
  /** The schema of its structured results, by the definition seen last; null when it has none or none was seen. */
  outputSchema(server: string, tool: string, version?: McpVersion | null): Promise<JsonObject | null>;
  /**
   * What the server lists: known here when it resolves, and durable after `keep`. Gives what is known of each, in the same
   * order; null when the server has listed too many for this one to be remembered, or no store can keep its name. Resources that are
   * too many are not remembered and have the fact of one that was never listed.
   */
  observe(
    of: DefinitionSource,
    listed: readonly ListedDefinition[],
    version?: McpVersion | null,
  ): Promise<readonly (DefinitionFact | null)[]>;
  /** What the server has listed of a kind, as far as it is remembered. */
  names(of: DefinitionSource): Promise<Iterable<string>>;
  /** Writes what was observed to the store, in one transaction. @throws when it cannot be written; it is kept for the next time */
  keep(): Promise<void>;
}

/** All definitions of one kind of a server. */
export type DefinitionSource = Pick<DefinitionName, "server" | "kind">;

export interface ListedDefinition {
  readonly name: string;
  readonly definition: JsonObject;
}

/** Definitions that differ from the pinned ones, for people. */
export interface DefinitionReviews extends FindingSource {
  /** Of this server or of all. */
  changes(asked: DefinitionQuestion): Promise<{ readonly items: readonly DefinitionChange[]; readonly total: number }>;
  /** Definitions that wait to be accepted for the first time, of this server or of all. */
  waiting(asked: DefinitionQuestion): Promise<{ readonly items: readonly WaitingDefinition[]; readonly total: number }>;
  /** All that were listed, of this server or of all. */
  known(asked: DefinitionQuestion): Promise<{ readonly items: readonly KnownDefinition[]; readonly total: number }>;
  /** Pins the definition with this digest; effective on the next call. @throws Refusal definition_moved when another was seen last */
  accept(acceptance: Acceptance): Promise<void>;
}

export interface DefinitionQuestion {
  /** Null for all. */
  readonly server: string | null;
  readonly limit: number;
}

/** Who accepted which definition, and when. */
export interface Acceptance extends DefinitionName {
  readonly digest: string;
  readonly by: string;
  readonly at: number;
}

/** The definition that is pinned, and the one that was seen last. They are the same until the server changes it. */
export interface StoredDefinition {
  readonly pinned: SeenDefinition;
  readonly last: SeenDefinition;
  /** The pinned one is the one that a person accepted last. */
  readonly accepted: boolean;
}

/** The first definition seen under each name, and the one seen last. Durable when a method resolves. Lists are by server, kind and name. */
export interface DefinitionStore {
  /** Names that are pinned, with the day (since 1970) on which each was listed last. */
  listed(of: DefinitionSource): Promise<ReadonlyMap<string, number>>;
  /** In one transaction. Pins what is not pinned yet; of what is pinned it is the definition seen last. */
  observed(all: readonly ObservedDefinition[]): Promise<void>;
  /** Drops those that were last listed before this day, but none whose change is not accepted. @returns how many */
  drop(of: DefinitionSource, before: number): Promise<number>;
  /** Those whose last definition is not the pinned one. */
  changes(asked: DefinitionQuestion): Promise<readonly ChangedDefinition[]>;
  countChanges(server: string | null): Promise<readonly CountedKind[]>;
  /** False when the definition seen last has another digest, or is pinned already. Keeps who accepted it. */
  accept(acceptance: Acceptance): Promise<boolean>;
  /** The same for a definition that is pinned since it was first seen, and was never accepted. */
  acceptFirst(acceptance: Acceptance): Promise<boolean>;
  /** Unchanged ones of these servers whose pinned definition nobody has accepted. */
  waiting(servers: readonly string[], limit: number): Promise<readonly WaitingDefinition[]>;
  countWaiting(servers: readonly string[]): Promise<readonly (CountedKind & { readonly server: string })[]>;
  known(asked: DefinitionQuestion): Promise<readonly StoredState[]>;
  countKnown(server: string | null): Promise<number>;
  /** Of all tools and prompts. */
  names(): Promise<readonly DefinitionName[]>;
  /** True when another process wrote to the store since the last look. */
  changedElsewhere(): boolean;
}

/** So many definitions of a kind, at least one. */
export interface CountedKind {
  readonly kind: DefinitionKind;
  readonly count: number;
}

export interface ObservedDefinition extends DefinitionName {
  readonly day: number;
  /** The first and the last one seen; none when it is the one that the store has. */
  readonly seen: readonly SeenDefinition[];
}

export interface StoredState extends DefinitionName {
  /** Of the definition seen last. */
  readonly digest: string;
  readonly changed: boolean;
  readonly accepted: boolean;
}

export interface ChangedDefinition extends DefinitionName {
  readonly pinned: SeenDefinition;
  readonly last: SeenDefinition;
}

export interface SeenDefinition {
  readonly digest: string;
  readonly definition: JsonObject;
}

export interface RevocationStore {
  /** Nothing happens when it is there already. With the notice that tells other processes to end what they have under way, in one transaction. */
  add(revocation: Revocation, notice?: EndNotice): Promise<void>;
  /** False when there is none with this id. */
  lift(id: string): Promise<boolean>;
  /** Oldest first. */
  list(): Promise<Revocation[]>;
  /** True when another process may have written to the store since the last look. Looks at memory only. */
  changedElsewhere(): boolean;
}

/** What ends access before its time; asked on every call. */
export interface Revocations {
  /**
   * Brings what other processes have revoked and lifted so far into memory; null when nothing has to be read. On every call
   * before `against`. Rejects when the store cannot be read, and the call is refused.
   */
  refresh(): Promise<void> | null;
  /** The first revocation in force against this call, from memory; one of its token alone only where there is no other. Null: there is none. */
  against(call: Revocable): Revocation | null;
  list(): Promise<KeptRevocation[]>;
  /**
   * In force in this process, and what this process has under way is cut, before the first step ends, whatever becomes of the
   * store. When it is durable, what is held under it has ended, and what other processes have under way too.
   */
  revoke(wanted: WantedRevocation): Promise<MadeRevocation>;
  /** @throws Refusal revocation_unknown */
  lift(id: string, by: string): Promise<void>;
  /** Makes durable what is not yet, and forgets what has ended by itself. @throws when the store still cannot be written */
  keep(): Promise<void>;
}

export interface KeptRevocation extends Revocation {
  /** False while it is in force in this process only, and a restart would end it: the store could not be written. */
  readonly durable: boolean;
}

export type WantedRevocation = Omit<Revocation, "id" | "at">;

export interface MadeRevocation extends KeptRevocation {
  readonly matched: EndedEverywhere;
}
