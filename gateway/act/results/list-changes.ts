import { setTimeout as pause } from "node:timers/promises";
import type { ListedKind } from "../../domain/definition-kinds.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { ActivePolicy, Clock, DefinitionLedger, Logger } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerSessionKey } from "../../domain/transport-session.ts";
import { type ChangingListName, listens, subscriptionKey } from "../../domain/tool-call.ts";
import { messageEvent } from "../../lib/event-stream.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { KnownItem, Visibility } from "./list-filter.ts";

interface ChangingList {
  /** The capability with `listChanged`, and a part of the notification's method. */
  readonly name: ChangingListName;
  /** The member of `subscriptions/listen` that asks for it. */
  readonly option: string;
  readonly kinds: readonly ListedKind[];
}

const all: readonly ChangingList[] = [
  { name: "tools", option: "toolsListChanged", kinds: ["tool"] },
  { name: "prompts", option: "promptsListChanged", kinds: ["prompt"] },
  { name: "resources", option: "resourcesListChanged", kinds: ["resource", "resource_template"] },
];

export interface ListChangesDeps {
  readonly visibility: Pick<Visibility, "shows">;
  readonly definitions: Pick<DefinitionLedger, "names" | "fact">;
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Pick<Logger, "warn">;
}

/** A stream on which its caller hears of changes. */
interface Listener {
  readonly emit: (event: string) => unknown;
  /** Of `subscriptions/listen`: the lists that its tool server tells of; none before it has said so. Null: the stream of a session. */
  granted: readonly ChangingList[] | null;
}

/** Announcements that are kept in all, and of one caller. */
const capacity = 100_000;
const perCaller = 1_000;

/** How long is compared before others have their turns, and for how long they do: a call takes several turns of the event loop. */
const turnMs = 2;
const othersMs = 4;

/**
 * Tells callers that listen when another policy shows them another list (`notifications/tools/list_changed` and kin): on the stream of
 * a session whose tool server has said that it tells of such changes, and on a `subscriptions/listen` that asked for them. Lists are
 * compared by all that the server has listed and the facts that the stream was opened with; where they are the same, nobody is told.
 * One comparison runs at a time; of the policies that come while it runs, the newest is compared after it.
 */
export class ListChanges {
  readonly #deps: ListChangesDeps;
  /** What tool servers have announced that the id of a session does not hold: it was given out before, or there is none. */
  readonly #announced: FairShare<readonly ChangingListName[]>;
  readonly #open = new Map<EvaluatedCall, Listener>();
  #newest: ActivePolicy | null = null;
  /** The policy that the callers' lists are of, as far as they have been told. */
  #told: ActivePolicy | null = null;
  /** Never rejects; null while nothing is compared. */
  #comparing: Promise<void> | null = null;

  constructor(deps: ListChangesDeps) {
    this.#deps = deps;
    this.#announced = new FairShare({ capacity, perAsker: perCaller, clock: deps.clock, full: "forget" });
  }

  /** The lists that an answer to `initialize` has announced, where the id of its session does not hold them. Null: it begins no session. */
  announced(evaluated: EvaluatedCall, session: string | null, lists: readonly ChangingListName[]): void {
    const key = callerSessionKey(evaluated, session === null ? {} : { session });
    if (lists.length === 0) this.#announced.delete(key);
    else this.#announced.set(principalKey(evaluated.subject), key, lists);
  }

  /** `emit` writes whole events on the stream of a caller that listens. Returns what is called when it has ended. */
  opened(evaluated: EvaluatedCall, emit: (event: string) => unknown): () => void {
    if (!listens(evaluated.call)) return () => undefined;
    this.#open.set(evaluated, { emit, granted: evaluated.call.mcp?.kind === "stream" ? null : [] });
    return () => void this.#open.delete(evaluated);
  }

  /** What the tool server has granted to a `subscriptions/listen`: of that, what its caller asked for. */
  granted(evaluated: EvaluatedCall, notifications: JsonValue | undefined): void {
    const listener = this.#open.get(evaluated);
    if (listener === undefined || listener.granted === null) return;
    const asked = evaluated.call.arguments["notifications"];
    listener.granted = all.filter(
      ({ option }) => memberOf(asked, option) === true && memberOf(notifications, option) === true,
    );
  }

  /** This policy judges from now on. Resolves when all are told whose lists it changes; never rejects. */
  judgedBy(policy: ActivePolicy | null): Promise<void> {
    this.#newest = policy ?? this.#newest;
    this.#comparing ??= this.#compareNext();
    return this.#comparing ?? Promise.resolve();
  }

  /** Null when there is nothing to compare. */
  #compareNext(): Promise<void> | null {
    const [before, now] = [this.#told, this.#newest];
    this.#told = now;
    if (before === null || now === null || before.revision === now.revision) return null;
    return this.#tellAll(new Comparison(this.#deps, before, now)).then(() => {
      this.#comparing = this.#compareNext();
      return this.#comparing ?? undefined;
    });
  }

  async #tellAll(comparison: Comparison): Promise<void> {
    // Of several streams of one session, a message goes out on one (MCP 2025-11-25, "Multiple Connections").
    const sessions = new Set<string>();
    for (const [evaluated, listener] of [...this.#open])
      try {
        await comparison.turn();
        await this.#tell(evaluated, listener, { sessions, comparison });
      } catch (cause) {
        const { decisionId, call } = evaluated;
        this.#deps.logger.warn("a caller that listens could not be told that its lists have changed", {
          decision_id: decisionId,
          route: call.route.id,
          error: String(cause),
        });
      }
  }

  async #tell(
    evaluated: EvaluatedCall,
    { emit, granted }: Listener,
    { sessions, comparison }: { readonly sessions: Set<string>; readonly comparison: Comparison },
  ): Promise<void> {
    const session = callerSessionKey(evaluated);
    if (granted === null && sessions.has(session)) return;
    for (const list of granted ?? this.#announcedTo(evaluated)) {
      const differs = await comparison.differs(evaluated, list);
      if (!this.#open.has(evaluated)) return;
      if (differs) emit(messageEvent(changed(evaluated, list)));
    }
    // Not before: where one stream fails, the session is told on another.
    if (granted === null) sessions.add(session);
  }

  #announcedTo(evaluated: EvaluatedCall): readonly ChangingList[] {
    const sealed = evaluated.call.mcp?.sealed?.announced ?? [];
    const names = sealed.length > 0 ? sealed : (this.#announced.get(callerSessionKey(evaluated)) ?? []);
    return all.filter(({ name }) => names.includes(name));
  }
}

/** The lists of whose changes a tool server with these capabilities tells. */
export function announcedLists(capabilities: JsonValue | undefined): readonly ChangingListName[] {
  return all.map(({ name }) => name).filter((name) => memberOf(memberOf(capabilities, name), "listChanged") === true);
}

/** What two policies show, of everything that was listed when it is first asked. */
class Comparison {
  readonly #deps: ListChangesDeps;
  readonly #before: ActivePolicy;
  readonly #now: ActivePolicy;
  readonly #listed = new Map<string, readonly KnownItem[] | null>();
  /** It begins in a turn of its own, not in the one in which the policy is activated. */
  #turnBegan = -Infinity;

  constructor(deps: ListChangesDeps, before: ActivePolicy, now: ActivePolicy) {
    this.#deps = deps;
    this.#before = before;
    this.#now = now;
  }

  /** A list that cannot be read counts as changed. */
  async differs(evaluated: EvaluatedCall, { kinds }: ChangingList): Promise<boolean> {
    for (const kind of kinds) {
      const items = await this.#itemsOf(evaluated.call.route.server, kind);
      if (items === null) return true;
      for (const item of items) {
        await this.turn();
        if (this.#changes(evaluated, item)) return true;
      }
    }
    return false;
  }

  /** Resolves when it may go on: at once, or when others have had theirs. */
  async turn(): Promise<void> {
    const { clock } = this.#deps;
    if (clock.monotonic() - this.#turnBegan < turnMs) return;
    await pause(othersMs, undefined, { ref: false });
    this.#turnBegan = clock.monotonic();
  }

  #changes(evaluated: EvaluatedCall, item: KnownItem): boolean {
    const { visibility } = this.#deps;
    try {
      return visibility.shows(evaluated, item, this.#before) !== visibility.shows(evaluated, item, this.#now);
    } catch {
      return true;
    }
  }

  /** Null where the definitions cannot be read. */
  async #itemsOf(server: string, kind: ListedKind): Promise<readonly KnownItem[] | null> {
    const key = JSON.stringify([server, kind]);
    const known = this.#listed.get(key);
    if (known !== undefined) return known;
    const items = await this.#read(server, kind).catch(() => null);
    this.#listed.set(key, items);
    return items;
  }

  async #read(server: string, kind: ListedKind): Promise<readonly KnownItem[]> {
    const { definitions } = this.#deps;
    const items: KnownItem[] = [];
    for (const name of await definitions.names({ server, kind })) {
      await this.turn();
      items.push({ kind, name, definition: await definitions.fact({ server, kind, name }) });
    }
    return items;
  }
}

function changed({ call: { mcp } }: EvaluatedCall, { name }: ChangingList): string {
  const params = mcp?.kind === "request" ? { params: { _meta: { [subscriptionKey]: mcp.id } } } : {};
  return JSON.stringify({ jsonrpc: "2.0", method: `notifications/${name}/list_changed`, ...params });
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) ? value[key] : undefined;
}
