import type { CatalogFact } from "../../domain/facts.ts";
import type { MadeBefore } from "../../domain/provenance.ts";
import type { ToolCall } from "../../domain/tool-call.ts";
import { type JsonValue, valueAt } from "../../lib/json.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import { type Digester, digestOf } from "../text/digest.ts";
import { callText } from "./call-text.ts";

/** Calls of one place that are counted; more are as many. */
const mostCounted = 8;

type MadeCall = Pick<ToolCall, "arguments" | "argumentsOmitted" | "name"> & {
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
    const there = this.#countOf(memory, placeOf(call, catalog));
    if (this.#digest(wholeOf(call))) memory.say(this.#digester.hi, this.#digester.lo);
    const place = placeOf(call, catalog);
    if (there < mostCounted && this.#digest(numbered(place, there))) memory.say(this.#digester.hi, this.#digester.lo);
  }

  before(memory: SessionMemory, call: MadeCall, catalog: Catalog): MadeBefore {
    const isKnown = this.#digest(wholeOf(call)) && memory.said.has(this.#digester.hi, this.#digester.lo);
    return { same: isKnown, there: this.#countOf(memory, placeOf(call, catalog)) };
  }

  #countOf(memory: SessionMemory, place: string | null): number {
    let count = 0;
    while (
      count < mostCounted &&
      this.#digest(numbered(place, count)) &&
      memory.said.has(this.#digester.hi, this.#digester.lo)
    )
      count += 1;
    return count;
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
