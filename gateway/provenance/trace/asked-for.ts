import type { SiteFact } from "../../domain/facts.ts";
import { isExactNumber, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { addressesIn, wholeAddress } from "../text/addresses/addresses.ts";
import type { Digester } from "../text/digest.ts";
import { KeptWords } from "../text/words/kept-words.ts";
import { isBelow } from "../text/addresses/hosts.ts";
import { longestText, Words } from "../text/words/words.ts";
import { kindOf } from "./kinds.ts";
import { type Against, type Match, Matching } from "./matching.ts";

/** Values of one call that are looked at, and how deep they stand. */
const mostValues = 64;
const deepest = 8;

/** A shorter code, or number, stands in any task. */
const shortestCode = 4;

/** Who has named what a call asks for. */
export interface AskedFor {
  /** The task, with one of its addresses, codes, numbers or paths. */
  readonly identified: boolean;
  /** Untrusted text alone: one of the values, or too many to be looked at. */
  readonly led: boolean;
}

const nothing: AskedFor = { identified: false, led: false };

/** Says who has named what a call asks for. Reads one call after another. */
export class AskedForReader {
  readonly #words: Words;
  readonly #kept: KeptWords;
  readonly #matching: Matching;
  #against: Against | null = null;
  #values = 0;
  #identified = false;
  #led = false;

  /** @param kept the texts of a call, which is read again when it is remembered */
  constructor(digester: Digester, kept = new KeptWords()) {
    this.#kept = kept;
    this.#words = new Words(digester.key, kept);
    this.#matching = new Matching(digester, this.#words);
  }

  read(against: Against, args: JsonObject): AskedFor {
    // Nobody can have named it.
    if (against.caller.tasks.length === 0 && !against.memory.mayHaveUntrusted) return nothing;
    this.#against = against;
    this.#values = 0;
    [this.#identified, this.#led] = [false, false];
    this.#walk(args, 0);
    this.#against = null;
    return { identified: this.#identified && !this.#led, led: this.#led };
  }

  /** Whether a call names a URL outside the site, or more than is looked at: what it returns may be another's service. */
  namesOutside({ inside }: Pick<SiteFact, "inside">, args: JsonObject): boolean {
    let values = 0;
    const isOutside = (value: JsonValue, depth: number): boolean => {
      if (typeof value === "string") return (values += 1) > mostValues || this.#isUrlOutside(value, inside);
      if (typeof value !== "object" || value === null || isExactNumber(value)) return false;
      return depth >= deepest || Object.values(value).some((inner) => isOutside(inner, depth + 1));
    };
    return isOutside(args, 0);
  }

  #isUrlOutside(text: string, inside: SiteFact["inside"]): boolean {
    if (text.length > longestText) return true;
    this.#words.read(text);
    return addressesIn(this.#words).some(
      ({ kind, host }) => kind === "url" && (host === null || !isBelow(host, inside)),
    );
  }

  #walk(value: JsonValue, depth: number): void {
    if (value === null || typeof value === "boolean" || this.#led) return;
    this.#values += 1;
    if (this.#values > mostValues || depth > deepest) this.#led = true;
    else if (typeof value === "string") this.#text(value);
    else if (typeof value === "number" || isExactNumber(value)) this.#number(JSON.stringify(value));
    else for (const inner of Object.values(value)) this.#walk(inner, depth + 1);
  }

  #text(text: string): void {
    if (text.length > longestText) {
      this.#led = true;
      return;
    }
    const [words, known] = [this.#words, this.#known];
    words.read(text);
    const addresses = addressesIn(words);
    this.#kept.keep(text, words);
    for (const address of addresses) this.#met(this.#matching.address(known, address, true), true);
    if (wholeAddress(words, addresses) !== null) return;
    words.read(text);
    const kind = kindOf(text, words.count);
    if (kind === "number") return this.#number(text.trim());
    if (kind !== "date") this.#met(this.#matching.value(known, text, kind), isCode(text, kind));
  }

  #number(text: string): void {
    const isLong = text.replace(/\D/g, "").length >= shortestCode;
    this.#met(this.#matching.value(this.#known, text, "number"), isLong);
  }

  #met({ seen }: Match, identifies: boolean): void {
    if (seen === "untrusted") this.#led = true;
    if (seen === "task" && identifies) this.#identified = true;
  }

  get #known(): Against {
    if (this.#against === null) throw new Error("no call is being read");
    return this.#against;
  }
}

/** A code or a path, and no word that stands in any task. */
function isCode(text: string, kind: string): boolean {
  return text.trim().length >= shortestCode && (/\d/.test(text) || kind === "path" || /[/\\]/.test(text));
}
