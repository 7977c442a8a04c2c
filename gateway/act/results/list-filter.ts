import { type JsonObject, isJsonObject, type JsonValue } from "../../lib/json.ts";
import type { Decision } from "../../domain/decision.ts";
import type { EvaluatedCall } from "../../domain/exchange.ts";
import { noApproval } from "../../domain/approval/fact.ts";
import { noDetections } from "../../domain/detections.ts";
import type { DefinitionFact } from "../../domain/facts.ts";
import { noProvenance } from "../../domain/provenance.ts";
import { callInput, listInput, type PolicyInput } from "../../domain/policy-input.ts";
import type { ActivePolicy, DefinitionLedger } from "../../domain/ports.ts";
import { Refusal } from "../../domain/errors.ts";
import {
  instructionsName,
  type ListedKind,
  listedKindOf,
  kindWords,
  listMethods,
  listings,
  type Listing,
} from "../../domain/definition-kinds.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { foldedKeys, foldKey, lookalikeIn } from "../../lib/look-alike.ts";

export interface ListView {
  readonly listing: Listing;
  /** Those that the caller may see. */
  readonly keep: (items: readonly JsonObject[]) => Promise<readonly JsonObject[]>;
  /** The form in which the caller sees an item that it may see. */
  readonly show: (item: JsonObject) => JsonObject;
}

const members = [...listings.values()].map(({ member }) => member);
const resultKeys = foldedKeys([...members, "nextCursor", "_meta", "resultType", "ttlMs", "cacheScope"]);
const itemKeys = new Map([...listings.values()].map(({ kind, members: of }) => [kind, foldedKeys(of)]));

/** The list that readers of results could take this one for; null for none. `__proto__` may change what any member means. */
export function listingIn(result: JsonObject): Listing | null {
  const keys = new Set(Object.keys(result).map(foldKey));
  return [...listings.values()].find(({ member }) => keys.has(foldKey(member)) || keys.has("__proto__")) ?? null;
}

/**
 * The result of a list with what the caller may see, and with no member that such a result does not have.
 * A member whose name differs in case or Unicode form alone would be read by some clients and not by others.
 * @throws Refusal upstream_list_malformed
 */
export async function visibleList(result: JsonObject, { listing, keep, show }: ListView): Promise<JsonObject> {
  const { kind, member } = listing;
  refuseLookalikes(result, resultKeys, "result");
  const { [member]: items, nextCursor, _meta, resultType } = result;
  if (!Array.isArray(items)) refuse(`${member} is not an array`);
  const listed = (items as readonly JsonValue[]).filter(isJsonObject);
  for (const item of listed) refuseLookalikes(item, itemKeys.get(kind) ?? new Map(), `a ${kindWords[kind].one}`);
  return {
    ...optional("resultType", resultType, typeof resultType === "string"),
    [member]: (await keep(listed)).map(show),
    ...optional("nextCursor", nextCursor, typeof nextCursor === "string"),
    ...optional("_meta", _meta, isJsonObject(_meta)),
    ...uncached(result),
  };
}

/** Absent and null are the same. */
function optional(key: string, value: JsonValue | undefined, isRight: boolean): JsonObject {
  if (value === undefined || value === null) return {};
  return isRight ? { [key]: value } : refuse(`${key} has another type`);
}

/** What one caller may see must not be kept for another, nor outlive a change of policy (MCP 2026-07-28, caching). */
function uncached(result: JsonObject): JsonObject {
  return "ttlMs" in result || "cacheScope" in result ? { ttlMs: 0, cacheScope: "private" } : {};
}

function refuseLookalikes(object: JsonObject, keys: ReadonlyMap<string, string>, where: string): void {
  if (Object.hasOwn(object, "__proto__")) refuse(`a member of ${where} that changes what others mean`);
  const meant = lookalikeIn(object, keys);
  if (meant !== null) refuse(`a member of ${where} that some clients read as ${meant}`);
}

function refuse(detail: string): never {
  throw new Refusal("upstream_list_malformed", { detail });
}

export interface VisibilityOptions {
  /** The list phase of the policy; indeterminate is false. */
  readonly evaluate: (policy: ActivePolicy, input: PolicyInput) => boolean;
  /** The call phase. */
  readonly decide: (policy: ActivePolicy, input: PolicyInput) => Pick<Decision, "effect">;
  readonly definitions: DefinitionLedger;
  /** The policy that counts now, for streams that outlive the one that opened them; null: there is none, and nothing is seen. */
  readonly active: () => ActivePolicy | null;
}

export interface Visibility {
  /** May this caller know what its call is about? True for a message to a whole server. */
  ofCall(evaluated: EvaluatedCall): boolean;
  /** Those of a list that this caller may see. Their definitions are noted on the way. */
  ofListed(evaluated: EvaluatedCall, listing: Listing, items: readonly JsonObject[]): Promise<JsonObject[]>;
  /** May this caller, which has made this call, listen to the resource with this URI now? True only when it may also see it. */
  mayListenTo(evaluated: EvaluatedCall, uri: string): Promise<boolean>;
  /** Whether the text in which its server tells models about itself is the pinned one. It is noted on the way. */
  arePinnedInstructions(evaluated: EvaluatedCall, instructions: string): Promise<boolean>;
  /** May this caller see a tool of which that is known? */
  of(evaluated: EvaluatedCall, name: string, definition: DefinitionFact): boolean;
  /** Does this policy show it to this caller? */
  shows(evaluated: EvaluatedCall, item: KnownItem, policy: ActivePolicy): boolean;
}

/** Of facts about the arguments of a call, when there are none. */
const nothingSaid = { urls: [], provenance: noProvenance, detected: noDetections };

/** One of a list, and what is known of its definition. */
export interface KnownItem {
  readonly kind: ListedKind;
  readonly name: string;
  readonly definition: DefinitionFact;
}

/** Asks the policy's list phase, on the same bundle as the call itself; for listeners also the call phase, on the active one. */
export function visibility(options: VisibilityOptions): Visibility {
  return new AskedVisibility(options);
}

type Asking = Pick<EvaluatedCall, "call" | "subject" | "facts">;

class AskedVisibility implements Visibility {
  readonly #options: VisibilityOptions;

  constructor(options: VisibilityOptions) {
    this.#options = options;
  }

  of(evaluated: EvaluatedCall, name: string, definition: DefinitionFact): boolean {
    return this.#shows(evaluated, { kind: "tool", name, definition });
  }

  shows({ call, subject, facts }: EvaluatedCall, item: KnownItem, policy: ActivePolicy): boolean {
    return this.#shows({ call, subject, facts: { ...facts, policy } }, item);
  }

  ofCall({ call, subject, facts }: EvaluatedCall): boolean {
    // What is hidden for the task alone may be known, and its caller is told what happened.
    const about = { call, subject, facts: { ...facts, task: null } };
    return itemsOf(call, facts.definition).every((item) => this.#shows(about, item));
  }

  async mayListenTo({ call, subject, facts }: EvaluatedCall, uri: string): Promise<boolean> {
    const { active, decide, definitions } = this.#options;
    const { server } = call.route;
    const definition = await definitions.fact({ server, kind: "resource", name: uri }, call.mcp?.version);
    const policy = active();
    if (policy === null) return false;
    const catalog = policy.catalog(server, definition.name ?? uri, definition.kind ?? "resource");
    // An approval is for the call that opened the stream, not for this one.
    const now = { ...facts, ...nothingSaid, approval: noApproval, policy, catalog, definition };
    const about = { resourceType: "resource", name: uri, arguments: { uri } } as const;
    const action = call.mcp?.era === "modern" ? "subscriptions/listen" : "resources/subscribe";
    const listening = { ...call, ...about, action };
    if (!itemsOf(listening, definition).every((item) => this.#shows({ call, subject, facts: now }, item))) return false;
    const { effect } = decide(policy, callInput(listening, subject, now));
    // Before MCP 2026-07-28 a resource is listened to by a call of its own, which people may have let through.
    return effect === "allow" || (effect === "hold" && call.mcp?.era === "legacy");
  }

  async arePinnedInstructions({ call }: EvaluatedCall, instructions: string): Promise<boolean> {
    const of = { server: call.route.server, kind: "instructions" } as const;
    const listed = [{ name: instructionsName, definition: { instructions } }];
    const [fact] = await this.#options.definitions.observe(of, listed);
    return fact?.changed === false && (fact.pins !== "accepted" || fact.accepted);
  }

  async ofListed(evaluated: EvaluatedCall, { kind, named }: Listing, items: readonly JsonObject[]) {
    const { route, mcp } = evaluated.call;
    const of = { server: route.server, kind };
    const listed = items.flatMap((definition) => {
      const name = definition[named];
      return typeof name === "string" ? [{ name, definition }] : [];
    });
    const facts = await this.#options.definitions.observe(of, listed, mcp?.version);
    return listed.flatMap(({ name, definition }, at) => {
      const fact = facts[at] ?? null;
      return fact !== null && this.#shows(evaluated, { kind, name, definition: fact }) ? [definition] : [];
    });
  }

  #shows({ call, subject, facts }: Asking, { kind, name, definition }: KnownItem): boolean {
    const item = { ...call, action: listMethods[kind], resourceType: kind, name, arguments: {} };
    const catalog = facts.policy.catalog(call.route.server, name, kind);
    const known = { ...facts, ...nothingSaid, catalog, definition };
    return this.#options.evaluate(facts.policy, listInput(item, subject, known));
  }
}

/** What a list would have to show for this call to be known: of a resource that is read by a template, both. */
function itemsOf(
  { resourceType, name }: Pick<ToolCall, "resourceType" | "name">,
  definition: DefinitionFact,
): readonly KnownItem[] {
  const kind = listedKindOf(resourceType);
  if (kind === null) return [];
  // A tool that changed is told so to callers that knew it: they depend on it, and its name says nothing.
  if (kind === "tool") return [{ kind, name, definition: { ...definition, changed: false } }];
  const by = definition.kind === null ? null : listedKindOf(definition.kind);
  const template = by === null || by === kind || definition.name === null ? [] : [{ kind: by, name: definition.name }];
  return [{ kind, name }, ...template].map((item) => ({ ...item, definition }));
}
