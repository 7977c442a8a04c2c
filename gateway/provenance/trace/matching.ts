import type { SiteFact } from "../../domain/facts.ts";
import { type ProvenanceFact, type Seen, seenBefore } from "../../domain/provenance.ts";
import { eventOf, flagsOf, grant } from "../memory/digest-table.ts";
import type { SessionMemory } from "../memory/session-memory.ts";
import type { Address } from "../text/addresses/address.ts";
import { foldText, stands } from "../text/words/characters.ts";
import { type Digester, digestOf, setKey } from "../text/digest.ts";
import { isBelow } from "../text/addresses/hosts.ts";
import { numberForms } from "../text/numbers.ts";
import { mostValueWords } from "../text/reader.ts";
import { standsInTask } from "../text/task-text.ts";
import { signs } from "../text/words/gaps.ts";
import { Words } from "../text/words/words.ts";
import type { CallerFacts } from "./caller.ts";

/** How a value was met, and in which event of the session's memory; 0 when in none. */
export interface Match {
  readonly seen: Seen;
  readonly event: number;
  /** The task identifies what it was met in. */
  readonly identified: boolean;
}

const isPath = /[/\\]|\.\./;

const never: Match = { seen: "never", event: 0, identified: false };
const ofTask: Match = { seen: "task", event: 0, identified: false };
const ofSelf: Match = { seen: "self", event: 0, identified: false };

/** What the values of one call are compared with. */
export interface Against {
  readonly memory: SessionMemory;
  readonly caller: CallerFacts;
  readonly site: SiteFact;
}

/** A path of one or two signs stands everywhere. */
const shortestPath = 3;
const partOfPath = /[\p{L}\p{M}\p{N}/_-]/u;

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

  /** @param isSentTo it says where a call goes, or what it acts on: that people saw it in a text is not enough */
  address({ memory, caller, site }: Against, { kind, normal, host }: Address, isSentTo: boolean): Match {
    const { tasks, self } = caller;
    this.#digester.text(digestOf.address, normal);
    const { hi, lo } = this.#digester;
    const key = setKey(hi, lo);
    const granted = memory.granted.metaOf(hi, lo);
    if (tasks.some(({ addresses }) => addresses.has(key))) return ofTask;
    if (kind === "url" && (this.#urlStandsInTask(caller, normal) || this.#partsStandInTask(caller, normal, host)))
      return ofTask;
    if (self.has(key)) return ofSelf;
    const inside = host !== null && isBelow(host, site.inside);
    const wasShown = !isSentTo && (flagsOf(granted) & grant.shown) !== 0;
    const found: Match = wasShown
      ? { seen: "approved", event: eventOf(granted), identified: false }
      : this.#inMemory(memory, hi, lo, { granted, inside });
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
    const inTask = this.#isPath(text)
      ? this.#literal(caller, text).seen === "task"
      : caller.tasks.some((task) => standsInTask(task, words, 0, count, false));
    if (inTask) return ofTask;
    if (count > mostValueWords) return never;
    this.#digester.words(his, words, 0, count);
    const { hi, lo } = this.#digester;
    if (caller.self.has(setKey(hi, lo))) return ofSelf;
    const granted = memory.granted.metaOf(hi, lo);
    const found = this.#inMemory(memory, hi, lo, { granted, inside: false });
    return found.seen === "never" ? this.#asSecret(memory, text) : found;
  }

  /** Whether these of the words that were read were met in untrusted text as a whole value, whatever else is known of them. */
  mayBeUntrusted({ memory }: Against, from = 0, to = this.#words.count): boolean {
    if (to === from || to - from > mostValueWords) return false;
    this.#digester.words(this.#words.hi, this.#words.lo, from, to);
    return memory.untrusted.has(this.#digester.hi, this.#digester.lo);
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
    if (caller.tasks.some(({ numbers }) => numbers.has(setKey(hi, lo)))) return ofTask;
    return this.#inMemory(memory, hi, lo, { granted, inside: false });
  }

  #inMemory(
    memory: SessionMemory,
    hi: number,
    lo: number,
    { granted, inside }: { readonly granted: number; readonly inside: boolean },
  ): Match {
    const flags = flagsOf(granted);
    const met = { event: eventOf(granted), identified: (flags & grant.identified) !== 0 };
    if ((flags & grant.own) !== 0) return { seen: "self", ...met };
    if ((flags & grant.approved) !== 0) return { seen: "approved", ...met };
    if ((flags & grant.created) !== 0) return { seen: "created", ...met };
    if (inside) return { seen: "inside", ...met };
    if ((flags & grant.people) !== 0) return { seen: "people", ...met };
    const event = memory.untrusted.eventOf(hi, lo);
    // Whoever wrote a text that names it wants something with it.
    if ((flags & grant.trusted) !== 0) return { seen: "trusted", ...met, identified: met.identified && event === null };
    return event === null ? never : { seen: "untrusted", event, identified: memory.isIdentified(event) };
  }

  /** What stands in a private result, though not as a whole value. */
  #asSecret(memory: SessionMemory, text: string): Match {
    if (!memory.hasSecrets) return never;
    this.#digester.code(text, 0, text.length);
    const meta = memory.granted.metaOf(this.#digester.hi, this.#digester.lo);
    const flags = flagsOf(meta);
    if ((flags & grant.secret) === 0) return never;
    return { seen: "private", event: eventOf(meta), identified: (flags & grant.identified) !== 0 };
  }

  /** What has a wildcard, or no word at all, selects more than its words say: it must stand in the task as it is. */
  #literal({ tasks }: CallerFacts, text: string): Match {
    const { count } = this.#words;
    // Of more words than a task has it is no part of it, and need not be folded.
    if (!tasks.some(({ words }) => words.length >= count)) return never;
    const wanted = foldText(text).toLowerCase().trim();
    const stands = wanted.length > 1 && tasks.some(({ folded }) => folded.includes(wanted));
    return stands ? ofTask : never;
  }

  /** Of the text whose words were read. */
  #isPath(text: string): boolean {
    const { signs: has, isCut } = this.#words;
    return (isCut || (has & (signs.slash | signs.dot)) !== 0) && isPath.test(text);
  }

  /** Host and path, each by itself: `on git.x.example, shop/web and shop/api`. A query says more than a path. */
  #partsStandInTask({ tasks }: CallerFacts, normal: string, host: string | null): boolean {
    const slash = normal.indexOf("/");
    if (host === null || slash < 0 || normal.slice(0, slash) !== host || normal.includes("?")) return false;
    const path = normal.slice(slash + 1);
    if (path.length < shortestPath) return false;
    this.#digester.text(digestOf.host, host);
    const key = setKey(this.#digester.hi, this.#digester.lo);
    return tasks.some((task) => task.hosts.has(key) && hasPath(task.folded, path));
  }

  /** By its words, none of which is part of another address there: `https://a.example` is not named by `b-a.example`. */
  #urlStandsInTask({ tasks }: CallerFacts, normal: string): boolean {
    if (tasks.length === 0) return false;
    const words = this.#urlWords;
    words.read(normal);
    return words.count > 1 && tasks.some((task) => standsInTask(task, words.lo, 0, words.count, true));
  }
}

/** With the slash before it, or without. */
function hasPath(folded: string, path: string): boolean {
  return stands(folded, path, partOfPath, partOfPath) || stands(folded, `/${path}`, partOfPath, partOfPath);
}

function rank(seen: Seen): number {
  return seenBefore.indexOf(seen);
}
