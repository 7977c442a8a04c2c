/**
 * Finds many fixed words in one pass over a text, in time that depends on its length alone (Aho and Corasick, "Efficient string
 * matching", 1975), without regard to case and to the accents of Latin letters. Line breaks and tabs count as blanks.
 */
export interface Literals {
  /** Calls `onHit` for each place of each word, in the order in which they end. */
  readonly find: (text: string, onHit: (word: number, start: number) => void) => void;
}

/** Characters from here on are in no word: Latin letters with accents stand before. */
const known = 0x180;

/** Code unit → what it is compared as. */
const comparedAs = Array.from({ length: known }, (_, code) => {
  const character = String.fromCharCode(code);
  if (/\s/.test(character)) return " ";
  return character.normalize("NFD").charAt(0).toLowerCase();
});

/** A table with a row for each state and a column for each class of characters: where it goes next. */
interface Table {
  readonly width: number;
  readonly steps: Uint32Array;
  /** Words that end in each state. */
  readonly ends: (readonly number[])[];
}

/** @param words written as they are compared: lower case, without accents */
export function literals(words: readonly string[]): Literals {
  const classes = new Map([...new Set(words.flatMap((word) => [...word]))].map((one, at) => [one, at + 1]));
  const classOf = Uint8Array.from(comparedAs, (one) => classes.get(one) ?? 0);
  const lengths = words.map((word) => word.length);
  const { width, steps, ends } = endsLast(withFallbacks(trieOf(words, classes)));
  const firstEnd = ends.findIndex((list) => list.length > 0) * width;
  return {
    find: (text, onHit) => {
      let place = 0;
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        place = steps[place + (code < known ? (classOf[code] as number) : 0)] as number;
        if (place < firstEnd) continue;
        for (const word of ends[place / width] as number[]) onHit(word, at + 1 - (lengths[word] as number));
      }
    },
  };
}

/** The words letter by letter; 0, the start, stands for no way on. */
function trieOf(words: readonly string[], classes: ReadonlyMap<string, number>): Table {
  const width = classes.size + 1;
  const most = words.reduce((sum, word) => sum + word.length, 1);
  const steps = new Uint32Array(most * width);
  const ends: number[][] = [[]];
  words.forEach((word, index) => {
    let state = 0;
    for (const one of word) {
      const place = state * width + (classes.get(one) as number);
      if (steps[place] === 0) {
        steps[place] = ends.length;
        ends.push([]);
      }
      state = steps[place] as number;
    }
    (ends[state] as number[]).push(index);
  });
  return { width, steps: steps.slice(0, ends.length * width), ends };
}

/** Where there is no way on, goes the way of the longest ending of what was read that has one. Breadth first. */
function withFallbacks({ width, steps, ends }: Table): Table {
  const fallbacks = new Uint32Array(ends.length);
  const all = [...ends];
  const queue = [0];
  for (let next = 0; next < queue.length; next += 1) {
    const state = queue[next] as number;
    const fallback = fallbacks[state] as number;
    for (let one = 0; one < width; one += 1) {
      const place = state * width + one;
      const there = state === 0 ? 0 : (steps[fallback * width + one] as number);
      const to = steps[place] as number;
      if (to === 0) steps[place] = there;
      if (to === 0) continue;
      fallbacks[to] = there;
      if ((all[there] as number[]).length > 0) all[to] = [...(all[to] as number[]), ...(all[there] as number[])];
      queue.push(to);
    }
  }
  return { width, steps, ends: all };
}

/** States in which words end last, and places of rows instead of their numbers: for most characters one comparison is enough. */
function endsLast({ width, steps, ends }: Table): Table {
  const states = [...ends.keys()];
  const isEnd = (state: number): boolean => (ends[state] as number[]).length > 0;
  const order = [...states.filter((state) => !isEnd(state)), ...states.filter(isEnd)];
  const places = new Uint32Array(ends.length);
  order.forEach((state, at) => (places[state] = at * width));
  const ordered = new Uint32Array(steps.length);
  for (const state of states) {
    const place = places[state] as number;
    for (let one = 0; one < width; one += 1)
      ordered[place + one] = places[steps[state * width + one] as number] as number;
  }
  return { width, steps: ordered, ends: order.map((state) => ends[state] as number[]) };
}
