import type { Subject } from "../../domain/subject.ts";
import { Recent } from "../../lib/caches.ts";
import type { JsonObject } from "../../lib/json.ts";
import { addressesIn } from "../text/addresses.ts";
import { type Digester, digestOf, setKey } from "../text/digest.ts";
import { mostValueWords } from "../text/reader.ts";
import { type TaskText, TaskTexts } from "../text/task-text.ts";
import { Words } from "../text/words.ts";

/** What is known of a caller before its first call: from its token alone. */
export interface CallerFacts {
  /** Null when its token has no text of a task. */
  readonly task: TaskText | null;
  /** Digests of the person's and the agent's own addresses and names. */
  readonly self: ReadonlySet<number>;
}

/** Verified claims that are addresses or names of their subject. */
const ownClaims = [
  ..."email name preferred_username upn given_name family_name middle_name nickname username login".split(" "),
  ..."unique_name display_name phone_number".split(" "),
];

/** Texts of tasks that are kept ready: one for each run that is going on. */
const textsKept = 512;

/** Made once for each token: a caller object lives as long as its token is cached. */
export class Callers {
  readonly #digester: Digester;
  readonly #texts: TaskTexts;
  readonly #words: Words;
  readonly #recent = new Recent<TaskText>(textsKept);
  readonly #known = new WeakMap<Subject, CallerFacts>();

  constructor(digester: Digester) {
    this.#digester = digester;
    this.#texts = new TaskTexts(digester);
    this.#words = new Words(digester.key);
  }

  of(subject: Subject): CallerFacts {
    const known = this.#known.get(subject);
    if (known !== undefined) return known;
    const facts = { task: this.#task(subject), self: this.#self(subject) };
    this.#known.set(subject, facts);
    return facts;
  }

  /** The text of a task that was added in the run. */
  compile(text: string): TaskText {
    return this.#texts.compile(text);
  }

  #task({ taskText, purpose }: Subject): TaskText | null {
    const text = [taskText, purpose].flatMap((one) => (one === null ? [] : [one.text])).join("\n\n");
    if (text === "") return null;
    const known = this.#recent.get(text);
    if (known !== undefined) return known;
    const compiled = this.#texts.compile(text);
    this.#recent.set(text, compiled);
    return compiled;
  }

  #self({ id, clientId, owner, claims, actingFor }: Subject): ReadonlySet<number> {
    const self = new Set<number>();
    for (const name of [id, clientId, owner, actingFor?.id]) if (typeof name === "string") this.#add(name, self);
    for (const name of [claims, actingFor?.claims].flatMap(ownNames)) this.#add(name, self);
    return self;
  }

  #add(name: string, self: Set<number>): void {
    const [digester, words] = [this.#digester, this.#words];
    words.read(name);
    for (const { normal } of addressesIn(words)) {
      digester.text(digestOf.address, normal);
      self.add(setKey(digester.hi, digester.lo));
    }
    if (words.count === 0 || words.count > mostValueWords) return;
    digester.words(words.hi, words.lo, 0, words.count);
    self.add(setKey(digester.hi, digester.lo));
  }
}

function ownNames(claims: JsonObject | undefined): string[] {
  if (claims === undefined) return [];
  return ownClaims.flatMap((name) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === "string" ? [value] : [];
  });
}
