import { type DefinitionKind, listedKindOf } from "../domain/definition-kinds.ts";
import { detectionsIn, type FindKinds } from "../domain/detections.ts";
import type { CatalogFact } from "../domain/facts.ts";
import type { InputDocument, PolicyInput } from "../domain/policy-input.ts";
import type { ActivePolicy } from "../domain/ports.ts";
import { oncePer, Recent } from "../lib/caches.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseExact, pointerSteps } from "../lib/json.ts";
import type { RecordedInput } from "./recorded-call.ts";
import { isOfTheMoment, ShownContext } from "./shown-context.ts";

/** Facts that are taken from a policy's data. */
export type FactsOfPolicy = Pick<ActivePolicy, "catalog" | "risk">;

/** A recorded input as another policy would see it: the facts of the catalog are those of that policy. */
export interface Recomputed {
  readonly input: PolicyInput;
  /** Places that the policy has read and that cannot be known: left out of the record, or made from facts that are others now. */
  readonly unknown: ReadonlySet<string>;
  /** Parts that it has read as they were recorded: the state of sessions, approvals and the like. */
  readonly asRecorded: ReadonlySet<string>;
}

type Members = Record<string, JsonValue>;

/**
 * `leftOut`: pointers to what the record does not hold. What the policy reads is noted while it is asked, so that no answer counts which is
 * made from something that is not there.
 */
export function recomputed(
  { input, leftOut }: { readonly input: RecordedInput; readonly leftOut: readonly string[] },
  policy: FactsOfPolicy,
  find: FindKinds,
): Recomputed {
  const unknown = new Set<string>();
  const asRecorded = new Set<string>();
  const document: Members = { ...input.document };
  const context = ownMember(document, "context");
  const resource = ownMember(document, "resource");
  const properties = ownMember(resource, "properties");
  const catalog = catalogOf(policy, document) as unknown as JsonObject;
  const pointers = new Set([...leftOut, ...madeFromOthers(objectOf(properties["catalog"]), catalog, context)]);
  properties["catalog"] = catalog;
  // Without signals in its data there is nothing to look for, which is known whatever the record holds.
  if (policy.risk === null) pointers.delete("/context/risk");
  else if (objectOf(context["risk"])["score"] === null) pointers.add("/context/risk");
  const own = new Set<object>([document, context, resource, properties]);
  const hidden: string[] = [];
  for (const pointer of pointers) {
    const steps = stepsOf(pointer);
    if (isOfTheMoment(steps)) hidden.push(steps[1] as string);
    else hide(document, steps, own, () => unknown.add(pointer));
  }
  const detections = (args: JsonValue): JsonValue => detectionsIn(args, find) as unknown as JsonValue;
  const shown = new ShownContext(context, {
    unknown,
    asRecorded,
    hidden,
    isRiskNone: policy.risk === null,
    detections,
  });
  showIn(document, context, shown);
  const whole = (): string => {
    for (const pointer of pointers) unknown.add(pointer);
    return wholeText(document, input.text());
  };
  return { input: inputOf(document, input, whole), unknown, asRecorded };
}

/** In the place of the context, where there is one and all of it is not hidden. */
function showIn(document: Members, context: Members, shown: ShownContext): void {
  const there = Object.getOwnPropertyDescriptor(document, "context");
  if (there?.value === context) document["context"] = shown as unknown as JsonValue;
}

const stepsKept = new Recent<readonly string[]>(1_000);

function stepsOf(pointer: string): readonly string[] {
  const known = stepsKept.get(pointer);
  if (known !== undefined) return known;
  const steps = pointerSteps(pointer);
  stepsKept.set(pointer, steps);
  return steps;
}

/** The object there as a copy that may be changed; an empty one where there is none, which is part of nothing. */
function ownMember(parent: Members, name: string): Members {
  const value = parent[name];
  if (value === undefined || !isJsonObject(value)) return {};
  const own = { ...value };
  parent[name] = own;
  return own;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

/** The name and the kind of a call's line: of a resource those of what it is read by, where its server lists that. */
function lineOf(type: string, tool: string, { name, kind }: JsonObject): readonly [string, DefinitionKind] {
  const own = listedKindOf(type) ?? "tool";
  if (type !== "resource") return [tool, own];
  return [typeof name === "string" ? name : tool, listedKindOf(String(kind)) ?? own];
}

const described = new Set(["tool", "prompt", "resource", "server"]);

/** As the gateway looks a call up; things of other enforcement points may stand in the catalog under their type alone. */
function catalogOf(policy: FactsOfPolicy, { resource, action }: JsonObject): CatalogFact {
  const { type, properties } = objectOf(resource);
  const { server, tool, definition } = objectOf(properties);
  const fact = policy.catalog(String(server), ...lineOf(String(type), String(tool), objectOf(definition)));
  const isForeign = objectOf(objectOf(action)["properties"])["protocol"] === "authzen" && !described.has(String(type));
  return fact.known || !isForeign ? fact : policy.catalog(String(server), "*");
}

/** Members of an entry of the catalog by which the gateway finds out where values come from, and how risky a call is. */
const tracedBy = [
  "destination",
  "target",
  "external_if",
  "confirms",
  "remarks",
  "asked_by",
  "sink",
  "mutates",
  "returns",
];
const traced = ["provenance", "secrets", "copied", "completes", "before", "asked", "risk"];
const pricedBy = ["target", "price"];

/** What of the record was made from facts of the catalog that are others now. */
function madeFromOthers(was: JsonObject, now: JsonObject, context: JsonObject): readonly string[] {
  const { price, trace } = Object.isFrozen(was) ? differencesFrom(now)(was) : differences(was, now);
  if (!trace && !price) return none;
  const ofTask = isJsonObject(context["task"]) && price ? ["/context/task/spend", "/context/task/outside"] : none;
  return trace ? [...ofTask, ...traced.map((name) => `/context/${name}`)] : ofTask;
}

const none: readonly string[] = [];

/** Records share what they say of a tool, and the policy gives the same object for it each time. */
const differencesFrom = oncePer((now: JsonObject) => oncePer((was: JsonObject) => differences(was, now)));

interface Differences {
  readonly price: boolean;
  readonly trace: boolean;
}

function differences(was: JsonObject, now: JsonObject): Differences {
  const differ = (names: readonly string[]): boolean =>
    names.some((name) => JSON.stringify(was[name]) !== JSON.stringify(now[name]));
  return { price: differ(pricedBy), trace: differ(tracedBy) };
}

/** Puts a member in the place that a pointer names, which says that it was read. Its value is null: nothing is decided by it. */
function hide(document: Members, pointer: readonly string[], own: Set<object>, read: () => void): void {
  const last = pointer.at(-1);
  let parent: object = document;
  for (const step of pointer.slice(0, -1)) {
    let value: JsonValue | undefined = (parent as Members)[step];
    if (typeof value !== "object" || value === null) return;
    if (!own.has(value)) {
      // It may be part of other inputs too.
      value = Array.isArray(value) ? [...(value as readonly JsonValue[])] : { ...value };
      (parent as Members)[step] = value;
      own.add(value);
    }
    parent = value;
  }
  if (last === undefined) return;
  define(parent, last, () => {
    read();
    return null;
  });
}

function define(parent: object, name: string, get: () => JsonValue): void {
  Object.defineProperty(parent, name, { get, enumerable: true, configurable: true });
}

function inputOf(document: JsonObject, { timed, text }: RecordedInput, whole: () => string): PolicyInput {
  const timeNs = nanosecondsOf(document, timed) ?? nanosecondsOf(document, text());
  return {
    document: document as unknown as InputDocument,
    ...(timeNs === null ? {} : { timeNs }),
    /** Only for a policy of which nobody knows what it reads. */
    get text() {
      return whole();
    },
  };
}

/** The document, with the digits of its arguments and of its time as they were recorded. */
function wholeText(document: JsonObject, text: string): string {
  const { arguments: args = null, time = null } = objectOf(objectOf(parseExact(text) as JsonValue)["context"]);
  const context: unknown = document["context"];
  const members = context instanceof ShownContext ? context.toJSON() : {};
  return JSON.stringify({ ...document, context: { ...members, arguments: args, time } });
}

const clock = '"time":{"ns":';

/** The digits of `context.time.ns`, which no JavaScript number holds; null when they are not where the gateway writes them. */
function nanosecondsOf(document: JsonObject, text: string): string | null {
  const from = text.lastIndexOf(clock) + clock.length;
  const digits = /^\d{1,20}/.exec(text.slice(from, from + 20))?.[0];
  return digits !== undefined && Number(digits) === objectOf(objectOf(document["context"])["time"])["ns"]
    ? digits
    : null;
}
