import type { SiteFact } from "../../domain/facts.ts";
import type { ProvenanceFact, Seen } from "../../domain/provenance.ts";
import { eventOf, flagsOf, grant } from "../memory/digest-table.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import type { Address } from "../text/addresses.ts";
import { foldText } from "../text/characters.ts";
import { type Digester, digestOf, setKey } from "../text/digest.ts";
import { isBelow } from "../text/hosts.ts";
import { numberForms } from "../text/numbers.ts";
import { mostValueWords } from "../text/reader.ts";
import { standsInTask } from "../text/task-text.ts";
import { Words } from "../text/words.ts";
import type { CallerFacts } from "./caller.ts";

/** How a value was met, and in which event of the session's memory; 0 when in none. */
export interface Match {
  readonly seen: Seen;
  readonly event: number;
}

const isPath = /[/\\]|\.\./;

const never: Match = { seen: "never", event: 0 };

/** What the values of one call are compared with. */
export interface Against {
  readonly memory: SessionMemory;
  readonly caller: CallerFacts;
  readonly site: SiteFact;
}

/** Compares values with what is known, the strongest first. */
export class Matching {
  readonly #digester: Digester;
  readonly #words: Words;
  readonly #urlWords: Words;

  /** @param words in which the value stands that is asked about */
  constructor(digester: Digester, words: Words) {
    this.#digester = digester;
    this.#words = words;
    this.#urlWords = new Words(digester.key);
  }

  address({ memory, caller, site }: Against, { kind, normal, host }: Address): Match {
    const { tasks, self } = caller;
    this.#digester.text(digestOf.address, normal);
    const { hi, lo } = this.#digester;
    const key = setKey(hi, lo);
    const granted = memory.granted.metaOf(hi, lo);
    if (tasks.some(({ addresses }) => addresses.has(key))) return { seen: "task", event: 0 };
    if (kind === "url" && this.#urlStandsInTask(caller, normal)) return { seen: "task", event: 0 };
    if (self.has(key)) return { seen: "self", event: 0 };
    const inside = host !== null && isBelow(host, site.inside);
    const found = this.#inMemory(memory, hi, lo, { granted, inside });
    return found.seen === "never" && kind === "account" ? this.#asSecret(memory, normal) : found;
  }

  host({ memory, caller, site }: Against, host: string): Seen {
    this.#digester.text(digestOf.host, host);
    const { hi, lo } = this.#digester;
    const granted = memory.granted.metaOf(hi, lo);
    if (caller.tasks.some(({ hosts }) => hosts.has(setKey(hi, lo)))) return "task";
    return this.#inMemory(memory, hi, lo, { granted, inside: isBelow(host, site.inside) }).seen;
  }

  /** The text whose words were read, as a whole. */
  value(against: Against, text: string, kind: ProvenanceFact["kind"]): Match {
    if (kind === "number") return this.#number(against, text);
    const { memory, caller } = against;
    const { count, lo: words, hi: his } = this.#words;
    if (count === 0 || text.includes("*")) return this.#literal(caller, text);
    // The words of `tmp/../..` are those of `tmp`: what has slashes or dots of a path must stand in the task with them.
    const inTask = isPath.test(text)
      ? this.#literal(caller, text).seen === "task"
      : caller.tasks.some((task) => standsInTask(task, words, 0, count, false));
    if (inTask) return { seen: "task", event: 0 };
    if (count > mostValueWords) return never;
    this.#digester.words(his, words, 0, count);
    const { hi, lo } = this.#digester;
    if (caller.self.has(setKey(hi, lo))) return { seen: "self", event: 0 };
    const granted = memory.granted.metaOf(hi, lo);
    const found = this.#inMemory(memory, hi, lo, { granted, inside: false });
    return found.seen === "never" ? this.#asSecret(memory, text) : found;
  }

  /** Whether a secret stands in the task, or was approved: a code of which the digester has made the digest, from this text. */
  isAllowed({ memory, caller }: Against, hi: number, lo: number): boolean {
    if (caller.tasks.some(({ codes }) => codes.has(setKey(hi, lo)))) return true;
    return (flagsOf(memory.granted.metaOf(hi, lo)) & grant.approved) !== 0;
  }

  /** By whichever of its meanings is known best. */
  #number(against: Against, text: string): Match {
    let best = never;
    for (const form of numberForms(text.trim())) {
      const found = this.#numberForm(against, form);
      if (rank(found.seen) < rank(best.seen)) best = found;
    }
    return best.seen === "never" ? this.#asSecret(against.memory, text) : best;
  }

  #numberForm({ memory, caller }: Against, form: string): Match {
    this.#digester.text(digestOf.number, form);
    const { hi, lo } = this.#digester;
    const granted = memory.granted.metaOf(hi, lo);
    if (caller.tasks.some(({ numbers }) => numbers.has(setKey(hi, lo)))) return { seen: "task", event: 0 };
    return this.#inMemory(memory, hi, lo, { granted, inside: false });
  }

  #inMemory(
    memory: SessionMemory,
    hi: number,
    lo: number,
    { granted, inside }: { readonly granted: number; readonly inside: boolean },
  ): Match {
    const flags = flagsOf(granted);
    const event = eventOf(granted);
    if ((flags & grant.approved) !== 0) return { seen: "approved", event };
    if ((flags & grant.created) !== 0) return { seen: "created", event };
    if (inside) return { seen: "inside", event };
    if ((flags & grant.trusted) !== 0) return { seen: "trusted", event };
    const untrusted = memory.untrusted.eventOf(hi, lo);
    return untrusted === null ? never : { seen: "untrusted", event: untrusted };
  }

  /** What stands in a private result, though not as a whole value. */
  #asSecret(memory: SessionMemory, text: string): Match {
    if (!memory.hasSecrets) return never;
    this.#digester.code(text, 0, text.length);
    const meta = memory.granted.metaOf(this.#digester.hi, this.#digester.lo);
    return (flagsOf(meta) & grant.secret) === 0 ? never : { seen: "private", event: eventOf(meta) };
  }

  /** What has a wildcard, or no word at all, selects more than its words say: it must stand in the task as it is. */
  #literal({ tasks }: CallerFacts, text: string): Match {
    const wanted = foldText(text).toLowerCase().trim();
    const stands = wanted.length > 1 && tasks.some(({ folded }) => folded.includes(wanted));
    return stands ? { seen: "task", event: 0 } : never;
  }

  /** By its words, none of which is part of another address there: `https://a.example` is not named by `b-a.example`. */
  #urlStandsInTask({ tasks }: CallerFacts, normal: string): boolean {
    if (tasks.length === 0) return false;
    const words = this.#urlWords;
    words.read(normal);
    return words.count > 1 && tasks.some((task) => standsInTask(task, words.lo, 0, words.count, true));
  }
}

const order: readonly Seen[] = [
  "task",
  "self",
  "approved",
  "created",
  "inside",
  "trusted",
  "untrusted",
  "private",
  "never",
];

function rank(seen: Seen): number {
  return order.indexOf(seen);
}
