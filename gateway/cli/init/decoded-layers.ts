/** A text as it is after some of its escapes were written out. */
export interface Layer {
  readonly text: string;
  /** By character: where what it was written with begins in the original. */
  readonly starts: Uint32Array;
  /** By character: where that ends. */
  readonly ends: Uint32Array;
}

/** JSON in JSON, and an address in an address, are escaped once more each time. */
const mostLayers = 8;

const named: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", sol: "/", bsol: "\\", lowbar: "_", plus: "+", equals: "=" },
    ...{ colon: ":", semi: ";", comma: ",", period: ".", commat: "@", num: "#", percnt: "%", dollar: "$", excl: "!" },
    ...{ quest: "?", lpar: "(", rpar: ")", ast: "*", nbsp: " " },
  }),
);
const control: ReadonlyMap<string, string> = new Map(Object.entries({ b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }));

const backslashed = String.raw`\\(?:u([\da-f]{4})|u\{0{0,8}([\da-f]{1,6})\}|x([\da-f]{2})|(0[0-3][0-7]{2}|[0-3]?[0-7]{1,2})|([bfnrt\W]))`;
const ofAddresses = String.raw`%([\da-f]{2})`;
const ofHtml = String.raw`&#x0{0,8}([\da-f]{1,6});|&#0{0,8}(\d{1,7});|&([a-z]{2,6});`;
const escapes = new RegExp(`${backslashed}|${ofAddresses}|${ofHtml}`, "gi");
/** Quoted-printable (RFC 2045 §6.7) has line ends of its own. */
const quotedPrintable = /=(?:([\da-f]{2})|[ \t]*\r?\n)/gi;

/**
 * A text with its escapes of JSON, programs, addresses and HTML written out, one layer after the other, the text itself first. Once more
 * with those of quoted-printable: `key=ab` of a query looks like them.
 */
export function* layersOf(text: string): Generator<Layer> {
  const places = new Uint32Array(text.length).map((_, index) => index);
  const whole = { text, starts: places, ends: places.map((place) => place + 1) };
  yield* layersFrom(whole, (layer) => rewritten(layer, escapes, unescape));
  if (!text.includes("=")) return;
  const unquoted = (layer: Layer): Layer => rewritten(layer, quotedPrintable, unquote);
  yield* layersFrom(unquoted(whole), (layer) => unquoted(rewritten(layer, escapes, unescape)));
}

function* layersFrom(first: Layer, next: (layer: Layer) => Layer): Generator<Layer> {
  let layer = first;
  for (let count = 0, before = ""; count < mostLayers && layer.text !== before; count += 1) {
    yield layer;
    before = layer.text;
    layer = next(layer);
  }
}

/** @param write nothing longer than what was found */
export function rewritten(
  { text, starts, ends }: Layer,
  pattern: RegExp,
  write: (found: RegExpExecArray) => string,
): Layer {
  const parts: string[] = [];
  const [newStarts, newEnds] = [new Uint32Array(text.length), new Uint32Array(text.length)];
  let [length, from] = [0, 0];
  const keep = (to: number): void => {
    parts.push(text.slice(from, to));
    newStarts.set(starts.subarray(from, to), length);
    newEnds.set(ends.subarray(from, to), length);
    length += to - from;
  };
  for (const found of text.matchAll(pattern)) {
    keep(found.index);
    from = found.index + found[0].length;
    const written = write(found);
    parts.push(written);
    newStarts.fill(starts[found.index] as number, length, length + written.length);
    newEnds.fill(ends[from - 1] as number, length, length + written.length);
    length += written.length;
  }
  keep(text.length);
  return { text: parts.join(""), starts: newStarts.subarray(0, length), ends: newEnds.subarray(0, length) };
}

function unquote([, hex]: RegExpExecArray): string {
  return hex === undefined ? "" : characterOf(hex, 16);
}

function unescape([found, u4, braced, x2, octal, sign, percent, entityHex, entity, name]: RegExpExecArray): string {
  const hex = u4 ?? braced ?? x2 ?? percent ?? entityHex;
  if (hex !== undefined) return characterOf(hex, 16) || found;
  if (octal !== undefined) return characterOf(octal, 8);
  if (entity !== undefined) return characterOf(entity, 10) || found;
  if (sign !== undefined) return control.get(sign.toLowerCase()) ?? sign;
  return named.get(name?.toLowerCase() ?? "") ?? found;
}

/** Empty for a number that is no character. */
function characterOf(digits: string, base: number): string {
  const code = Number.parseInt(digits, base);
  return code > 0x10ffff ? "" : String.fromCodePoint(code);
}
