import { setImmediate as nextTurn } from "node:timers/promises";
import type { ListedKind } from "../../domain/definition-kinds.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { FairShare } from "../../domain/fair-share.ts";
import type { ActivePolicy, Clock, DefinitionLedger } from "../../domain/ports.ts";
import { principalKey } from "../../domain/subject.ts";
import { callerSessionKey } from "../../domain/transport-session.ts";
import { listens, subscriptionKey } from "../../domain/tool-call.ts";
import { messageEvent } from "../../lib/event-stream.ts";
import { isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { Visibility } from "./list-filter.ts";

interface ChangingList {
  /** The capability with `listChanged`, and a part of the notification's method. */
  readonly name: "tools" | "prompts" | "resources";
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
}

/** A stream on which its caller hears of changes. */
interface Listener {
  readonly emit: (event: string) => unknown;
  /** Of `subscriptions/listen`: the lists that its tool server tells of; none before it has said so. Null: the stream of a session. */
  granted: readonly ChangingList[] | null;
}

/** Sessions in all and of one caller. */
const capacity = 100_000;
const perCaller = 1_000;

/** Definitions that are compared before others have a turn. */
const inOneTurn = 32;

/**
 * Tells callers that listen when another policy shows them another list (`notifications/tools/list_changed` and kin): on the stream of
 * a session whose tool server has said that it tells of such changes, and on a `subscriptions/listen` that asked for them. Lists are
 * compared by all that the server has listed and the facts that the stream was opened with; where they are the same, nobody is told.
 */
export class ListChanges {
  readonly #deps: ListChangesDeps;
  readonly #declared: FairShare<readonly ChangingList[]>;
  readonly #open = new Map<EvaluatedCall, Listener>();
  #policy: ActivePolicy | null = null;
  /** The last comparison; the next one begins behind it. Never rejects. */
  #comparing: Promise<void> = Promise.resolve();

  constructor(deps: ListChangesDeps) {
    this.#deps = deps;
    this.#declared = new FairShare({ capacity, perAsker: perCaller, clock: deps.clock, full: "forget" });
  }

  /** What the tool server said in its answer to `initialize`; `session`: the one that it began with it, or null. */
  declared(evaluated: EvaluatedCall, session: string | null, capabilities: JsonValue | undefined): void {
    const lists = all.filter(({ name }) => memberOf(memberOf(capabilities, name), "listChanged") === true);
    if (lists.length === 0) return;
    const key = callerSessionKey(evaluated, session === null ? {} : { session });
    this.#declared.set(principalKey(evaluated.subject), key, lists);
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
    const before = this.#policy;
    this.#policy = policy ?? before;
    if (policy === null || before === null || before.revision === policy.revision) return this.#comparing;
    this.#comparing = this.#comparing.then(() => this.#tellAll(before, policy));
    return this.#comparing;
  }

  async #tellAll(before: ActivePolicy, now: ActivePolicy): Promise<void> {
    // Of several streams of one session, a message goes out on one (MCP 2025-11-25, "Multiple Connections").
    const sessions = new Set<string>();
    for (const [evaluated, { emit, granted }] of [...this.#open]) {
      const session = callerSessionKey(evaluated);
      if (granted === null && sessions.has(session)) continue;
      if (granted === null) sessions.add(session);
      for (const list of granted ?? this.#declared.get(session) ?? [])
        if ((await this.#differs(evaluated, list, before, now)) && this.#open.has(evaluated))
          emit(messageEvent(changed(evaluated, list)));
    }
  }

  /** A list of which that cannot be found out counts as another. */
  async #differs(
    evaluated: EvaluatedCall,
    { kinds }: ChangingList,
    before: ActivePolicy,
    now: ActivePolicy,
  ): Promise<boolean> {
    const { definitions, visibility } = this.#deps;
    const { server } = evaluated.call.route;
    try {
      for (const kind of kinds)
        for (const [at, name] of [...(await definitions.names({ server, kind }))].entries()) {
          if (at % inOneTurn === 0) await nextTurn();
          const item = { kind, name, definition: await definitions.fact({ server, kind, name }) };
          if (visibility.shows(evaluated, item, before) !== visibility.shows(evaluated, item, now)) return true;
        }
      return false;
    } catch {
      return true;
    }
  }
}

function changed({ call: { mcp } }: EvaluatedCall, { name }: ChangingList): string {
  const params = mcp?.kind === "request" ? { params: { _meta: { [subscriptionKey]: mcp.id } } } : {};
  return JSON.stringify({ jsonrpc: "2.0", method: `notifications/${name}/list_changed`, ...params });
}

function memberOf(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return value !== undefined && isJsonObject(value) ? value[key] : undefined;
}
