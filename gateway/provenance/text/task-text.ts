import { addressesIn } from "./addresses/addresses.ts";
import { codesIn } from "./codes.ts";
import { type Digester, digestOf, setKey } from "./digest.ts";
import { decodedTexts } from "./encodings.ts";
import { foldText } from "./words/characters.ts";
import { isDayOfMonth } from "./dates.ts";
import { numberForms } from "./numbers.ts";
import { longestText, Words } from "./words/words.ts";

/** A sequence of words of 32-bit digests, and where a sequence may begin. */
export interface WordSequence {
  readonly words: Uint32Array;
  /** 1 for words that stand in an address. */
  readonly inAddress: Uint8Array;
}

/** The text of a task, made ready once for all calls of its session. */
export interface TaskText extends WordSequence {
  /** Of addresses, and of hosts of URLs. */
  readonly addresses: ReadonlySet<number>;
  readonly hosts: ReadonlySet<number>;
  readonly numbers: ReadonlySet<number>;
  /** What would be secrets if they stood in a private result. */
  readonly codes: ReadonlySet<number>;
  /** Folded: what has wildcards must stand in it as it is. */
  readonly folded: string;
  /** Where each word stands. */
  readonly places: ReadonlyMap<number, readonly number[]>;
}

/** Small numbers as people write them in a task; "one" and its likes say nothing, they stand everywhere. */
const numberWords = new Map(
  [
    "two three four five six seven eight nine ten eleven twelve",
    "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "deux trois quatre cinq six sept huit neuf dix onze douze",
    "dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "due tre quattro cinque sei sette otto nove dieci undici dodici",
    "twee drie vier vijf zes zeven acht negen tien elf twaalf",
  ].flatMap((line) => line.split(" ").map((word, at) => [word, String(at + 2)] as const)),
);

type Sets = Readonly<Record<"addresses" | "hosts" | "codes", Set<number>>>;

/** A number that stands by itself: not in a word, a code, a date or a time. */
const numbers = /(?<![\p{L}\p{N}_./:-])[+-]?\d[\d.,'\u2019\u00a0]*(?!(?:[/:-]|[.,'\u2019\u00a0]+)?[\p{L}\p{N}_])/gu;

/** Compiles task texts with one digester; it reads one text after another. */
export class TaskTexts {
  readonly #digester: Digester;
  readonly #words: Words;

  constructor(digester: Digester) {
    this.#digester = digester;
    this.#words = new Words(digester.key);
  }

  /** @param text what is beyond 16 Ki UTF-16 units counts as not said */
  compile(text: string): TaskText {
    const cut = text.slice(0, longestText);
    const [addresses, hosts, codes] = [new Set<number>(), new Set<number>(), new Set<number>()];
    const inAddress = this.#addressesOf(cut, { addresses, hosts, codes });
    const words = this.#words.lo.slice(0, this.#words.count);
    for (const decoded of decodedTexts(cut, this.#words.longest).texts)
      this.#addressesOf(decoded, { addresses, hosts, codes });
    const numbers = this.#numbersOf(cut);
    return {
      addresses,
      hosts,
      codes,
      numbers,
      words,
      inAddress,
      folded: foldText(cut).toLowerCase(),
      places: placesOf(words),
    };
  }

  #addressesOf(text: string, { addresses, hosts, codes }: Sets): Uint8Array {
    this.#words.read(text);
    const { count, start } = this.#words;
    const addCode = (): void => void codes.add(this.#keyOfLast());
    codesIn(this.#words, this.#digester, addCode);
    const inAddress = new Uint8Array(count);
    for (const { kind, normal, host, start: from, end } of addressesIn(this.#words)) {
      addresses.add(this.#keyOf(digestOf.address, normal));
      if (kind === "url" && host !== null) hosts.add(this.#keyOf(digestOf.host, host));
      if (kind === "account") {
        this.#digester.code(normal, 0, normal.length);
        addCode();
        continue;
      }
      for (let at = 0; at < count; at += 1)
        if ((start[at] as number) >= from && (start[at] as number) < end) inAddress[at] = 1;
    }
    return inAddress;
  }

  #numbersOf(text: string): ReadonlySet<number> {
    const found = new Set<number>();
    const normal = text.normalize("NFKC");
    for (const { 0: token, index } of normal.matchAll(numbers)) {
      const number = token.replace(/[.,'\u2019\u00a0]+$/, "");
      // Elsewhere it would be the number of something.
      if (isDayOfMonth(normal, index, index + number.length)) continue;
      const forms = numberForms(number);
      // "7,8,9" is no number but three.
      for (const form of forms.length > 0 ? forms : number.split(",").flatMap(numberForms))
        found.add(this.#keyOf(digestOf.number, form));
    }
    for (const [word] of text.toLowerCase().matchAll(/\p{L}{3,12}/gu)) {
      const number = numberWords.get(word);
      if (number !== undefined) found.add(this.#keyOf(digestOf.number, number));
    }
    return found;
  }

  #keyOf(of: (typeof digestOf)[keyof typeof digestOf], text: string): number {
    this.#digester.text(of, text);
    return this.#keyOfLast();
  }

  #keyOfLast(): number {
    const { hi, lo } = this.#digester;
    return setKey(hi, lo);
  }
}

function placesOf(words: Uint32Array): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, number[]>();
  words.forEach((word, at) => {
    const known = places.get(word);
    if (known === undefined) places.set(word, [at]);
    else known.push(at);
  });
  return places;
}

/**
 * Whether the words from `from` to `to` stand one after another in the task. @param outside only where none of them is part of an
 * address
 */
export function standsInTask(task: TaskText, words: Uint32Array, from: number, to: number, outside: boolean): boolean {
  if (to <= from) return false;
  for (const place of task.places.get(words[from] as number) ?? [])
    if (isAt(task, place, words, from, to, outside)) return true;
  return false;
}

function isAt(
  task: WordSequence,
  place: number,
  words: Uint32Array,
  from: number,
  to: number,
  outside: boolean,
): boolean {
  if (place + to - from > task.words.length) return false;
  for (let at = from; at < to; at += 1) {
    if (task.words[place + at - from] !== words[at]) return false;
    if (outside && task.inAddress[place + at - from] === 1) return false;
  }
  return true;
}
