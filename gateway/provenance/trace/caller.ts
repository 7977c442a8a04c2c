import type { Subject } from "../../domain/subject.ts";
import type { CutText } from "../../lib/cut-text.ts";
import type { JsonObject } from "../../lib/json.ts";
import { addressesIn } from "../text/addresses/addresses.ts";
import { type Digester, digestOf, setKey } from "../text/digest.ts";
import { mostValueWords } from "../text/reader.ts";
import { type TaskText, TaskTexts } from "../text/task-text.ts";
import { Words } from "../text/words/words.ts";

/** What is known of a caller's run beside its calls. */
export interface CallerFacts {
  /** The texts of its task: those of the token, then what was added in the run. */
  readonly tasks: readonly TaskText[];
  /** Digests of the person's and the agent's own addresses and names. */
  readonly self: ReadonlySet<number>;
}

/** Verified claims that are addresses or names of their subject. */
const ownClaims = [
  ..."email name preferred_username upn given_name family_name middle_name nickname username login".split(" "),
  ..."unique_name display_name phone_number".split(" "),
];

/** Made once for each token and text: their objects live as long as they are cached. */
export class Callers {
  readonly #digester: Digester;
  readonly #texts: TaskTexts;
  readonly #words: Words;
  readonly #compiled = new WeakMap<CutText, TaskText>();
  readonly #selves = new WeakMap<Subject, ReadonlySet<number>>();

  constructor(digester: Digester) {
    this.#digester = digester;
    this.#texts = new TaskTexts(digester);
    this.#words = new Words(digester.key);
  }

  /** @param taskTexts as in `ProvenanceQuestion` */
  of(subject: Subject, taskTexts: readonly CutText[]): CallerFacts {
    const { purpose } = subject;
    const tasks = taskTexts.map((text) => this.#task(text));
    if (purpose !== null) tasks.push(this.#task(purpose));
    let self = this.#selves.get(subject);
    if (self === undefined) this.#selves.set(subject, (self = this.#self(subject)));
    return { tasks, self };
  }

  #task(text: CutText): TaskText {
    let compiled = this.#compiled.get(text);
    if (compiled === undefined) this.#compiled.set(text, (compiled = this.#texts.compile(text.text)));
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
