/** Classes of characters, by UTF-16 code unit. */
const other = 0;
const letter = 1;
const digit = 2;

/** Characters from here on are no letters or digits: the scripts after Cyrillic. */
const known = 0x530;

/** Latin, Greek and Cyrillic letters and ASCII digits. Other scripts write numbers next to words without a blank. */
const classes = classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(known);
  for (let code = 0; code < table.length; code += 1) {
    if (code >= 0x30 && code <= 0x39) table[code] = digit;
    else if (/\p{L}/u.test(String.fromCharCode(code))) table[code] = letter;
  }
  return table;
}

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < known ? (classes[code] as number) : other;
}

export function isDigitAt(text: string, at: number): boolean {
  return classAt(text, at) === digit;
}

export function isLetterAt(text: string, at: number): boolean {
  return classAt(text, at) === letter;
}

/** Whether a letter, digit or underscore stands there: next to one, a word or number goes on. */
export function isWordAt(text: string, at: number): boolean {
  return classAt(text, at) !== other || text.charCodeAt(at) === 0x5f;
}

/** Whether a token may begin there: not inside a word, but after a line break that is written as \n. */
export function beginsToken(text: string, at: number): boolean {
  if (at === 0 || classAt(text, at - 1) === other) return true;
  return at > 1 && text.charCodeAt(at - 2) === 0x5c && "nrt".includes(text.charAt(at - 1));
}

/** Start and end, in turns, of each longest run of letters and digits that has a digit in it. */
export function numberRuns(text: string): number[] {
  const runs: number[] = [];
  let last = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x30 || code > 0x39) continue;
    let start = at;
    while (start > last && classAt(text, start - 1) !== other) start -= 1;
    while (at < text.length && classAt(text, at) !== other) at += 1;
    runs.push(start, at);
    last = at;
  }
  return runs;
}
