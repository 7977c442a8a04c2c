import type { CatalogFact } from "../../domain/facts.ts";
import type { MadeBefore } from "../../domain/provenance.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { type JsonValue, valueAt } from "../../lib/json.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import { type Digester, digestOf } from "../text/digest.ts";
import { callText } from "./call-text.ts";

/** Calls of one place that are counted; more are as many. */
const mostCounted = 8;

const never: MadeBefore = { same: false, there: 0 };

type MadeCall = Pick<ToolCall, "arguments" | "argumentsOmitted" | "name" | "idempotencyKey"> & {
  readonly route: { readonly server: string };
};
type Catalog = Pick<CatalogFact, "destination" | "target">;

/** The calls that a session has made, each as a fingerprint: the call as it is, and where it went. */
export class MadeCalls {
  readonly #digester: Digester;

  constructor(digester: Digester) {
    this.#digester = digester;
  }

  /** Of a call that was answered: a caller may try again what had no answer. */
  note(memory: SessionMemory, call: MadeCall, catalog: Catalog): void {
    // A retry is no second call.
    if (this.#isNoted(memory, keyedOf(call))) return;
    const place = placeOf(call, catalog);
    const there = this.#countOf(memory, place);
    memory.noteMade(toolOf(call));
    this.#note(memory, wholeOf(call));
    this.#note(memory, keyedOf(call));
    if (there < mostCounted) this.#note(memory, numbered(place, there));
  }

  /** A retry under one Idempotency-Key is the call that was made under it, and does not count as made before. */
  before(memory: SessionMemory, call: MadeCall, catalog: Catalog): MadeBefore {
    if (!memory.mayHaveMade(toolOf(call))) return never;
    const there = this.#countOf(memory, placeOf(call, catalog));
    if (this.#isNoted(memory, keyedOf(call))) return { same: false, there: Math.max(0, there - 1) };
    return { same: this.#isNoted(memory, wholeOf(call)), there };
  }

  #countOf(memory: SessionMemory, place: string | null): number {
    let count = 0;
    while (count < mostCounted && this.#isNoted(memory, numbered(place, count))) count += 1;
    return count;
  }

  #note(memory: SessionMemory, text: string | null): void {
    if (this.#digest(text)) memory.addCallDigest(this.#digester.hi, this.#digester.lo);
  }

  #isNoted(memory: SessionMemory, text: string | null): boolean {
    return this.#digest(text) && memory.callDigests.has(this.#digester.hi, this.#digester.lo);
  }

  #digest(text: string | null): boolean {
    if (text === null) return false;
    this.#digester.text(digestOf.call, text);
    return true;
  }
}

function toolOf({ route, name }: MadeCall): string {
  return `${route.server}/${name}`;
}

function wholeOf(call: MadeCall): string | null {
  return call.argumentsOmitted ? null : callText(toolOf(call), call.arguments);
}

/** The call as it is, under its Idempotency-Key; null of one that has none. */
function keyedOf(call: MadeCall): string | null {
  const whole = call.idempotencyKey === null ? null : wholeOf(call);
  return whole === null ? null : `${JSON.stringify(call.idempotencyKey)} ${whole}`;
}

function numbered(place: string | null, number: number): string | null {
  return place === null ? null : `${number} ${place}`;
}

/** What the call says of where it goes and what it acts on; null when it says nothing. */
function placeOf(call: MadeCall, { destination, target }: Catalog): string | null {
  if (call.argumentsOmitted) return null;
  const values: Record<string, JsonValue> = {};
  for (const pointer of [...destination, ...target]) {
    const value = valueAt(call.arguments, pointer);
    if (!isEmpty(value)) values[pointer] = value;
  }
  return Object.keys(values).length === 0 ? null : callText(toolOf(call), values);
}

function isEmpty(value: JsonValue): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
