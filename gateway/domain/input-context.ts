import { internJson, type JsonObject, type JsonValue } from "../lib/json.ts";
import { noApproval } from "./approval/fact.ts";
import { isUnread } from "./arguments-read.ts";
import type { Facts } from "./facts.ts";
import type { SessionDocument } from "./input-text.ts";
import type { Asserted } from "./asserted-input.ts";
import { ofAnswers, type ResultFact } from "./result.ts";
import { riskDocument } from "./risk.ts";
import type { ToolCall } from "./tool-call.ts";

const none: readonly never[] = internJson([]);

/** What `context` of the policy input is made of. */
export interface ContextSource {
  readonly call: ToolCall;
  readonly facts: Facts;
  readonly session: SessionDocument;
  readonly result: ResultFact | null;
  readonly asserted: Asserted | null;
}

/**
 * `context` of the policy input. What few rules read is looked up when one does. Its getters are on the prototype, and enumerable, so that
 * whoever lists the members finds them; a getter of an object itself gives it a hidden class of its own, which keeps the whole call until
 * all memory is collected, unless all objects have one and the same function for it: see `#ofCall`.
 */
export class InputContext {
  // `declare` makes no field: the constructor sets them behind the optional members, in the order of the contract.
  declare readonly arguments: JsonValue;
  declare readonly arguments_omitted: boolean;
  declare readonly urls: JsonValue;
  declare readonly intent: JsonValue;
  declare readonly task: JsonValue;
  declare readonly session: JsonValue;
  declare readonly approval: JsonValue;
  declare readonly time: JsonValue;
  declare readonly gateway: JsonValue;
  readonly #facts: Pick<Facts, "provenance" | "risk" | "detected">;
  readonly #call: Pick<ToolCall, "arguments">;
  /** Arguments that nobody has read yet. Its own member: rules tell a missing one from one that is there. */
  static readonly #ofCall: PropertyDescriptor & ThisType<InputContext> = {
    enumerable: true,
    configurable: true,
    get() {
      return this.#call.arguments;
    },
  };

  constructor({ call, facts, session, result, asserted }: ContextSource) {
    this.#facts = facts;
    this.#call = call;
    if (asserted !== null) Object.assign(this, { asserted: asserted.context, pep: asserted.pep });
    const answers = ofAnswers(call, result);
    if (answers !== null) Object.assign(this, answers);
    if (isUnread(call)) Object.defineProperty(this, "arguments", InputContext.#ofCall);
    else this.arguments = call.arguments;
    this.arguments_omitted = call.argumentsOmitted;
    this.urls = facts.urls.length === 0 ? none : facts.urls.map((url) => ({ ...url }));
    this.intent = asDocument(facts.intent);
    this.task = taskDocument(facts);
    this.session = session as unknown as JsonObject;
    this.approval = facts.approval === noApproval ? asDocument(noApproval) : approvalDocument(facts.approval);
    // The digits of the nanoseconds are in the text only.
    this.time = { ns: 0, weekday: facts.time.weekday, hour: facts.time.hour, zone: facts.time.zone };
    this.gateway = asDocument(facts.gateway);
  }

  get risk(): JsonValue {
    return riskDocument(this.#facts.risk);
  }

  get provenance(): JsonValue {
    const { provenance } = this.#facts.provenance;
    return provenance.length === 0 ? none : provenance.map((value) => ({ ...value }));
  }

  get secrets(): JsonValue {
    const { secrets } = this.#facts.provenance;
    return secrets.length === 0 ? none : secrets.map((secret) => ({ ...secret }));
  }

  get copied(): JsonValue {
    return this.#facts.provenance.copied;
  }

  get completes(): JsonValue {
    return this.#facts.provenance.completes;
  }

  get asked(): JsonValue {
    return this.#facts.provenance.asked;
  }

  get before(): JsonValue {
    return asDocument(this.#facts.provenance.before);
  }

  get detected(): JsonValue {
    return this.#facts.detected.places as unknown as JsonValue;
  }

  /** All members as an object of its own: what is looked up is looked up then. */
  toJSON(): JsonObject {
    const members: Record<string, JsonValue> = {};
    for (const name in this) members[name] = this[name as keyof this] as JsonValue;
    return members;
  }
}

const looked = ["risk", "provenance", "secrets", "copied", "completes", "asked", "before", "detected"] as const;
for (const name of looked) Object.defineProperty(InputContext.prototype, name, { enumerable: true });

/** The task that the call belongs to, in the form of the policy input and of the card. */
export function taskDocument({ task }: Pick<Facts, "task">): JsonObject | null {
  return task as unknown as JsonObject | null;
}

/** A fact in the form of the policy input. */
function asDocument(fact: Facts["intent" | "approval" | "gateway"] | Facts["provenance"]["before"]): JsonObject {
  return fact as unknown as JsonObject;
}

function approvalDocument({ grant, asked, ...fact }: Facts["approval"]): JsonObject {
  return {
    ...fact,
    grant: grant && { ...grant },
    asked: asked && { ...asked, require: asked.require.map((place) => ({ ...place })) },
  };
}
