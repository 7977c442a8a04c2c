import { setImmediate as nextTurn } from "node:timers/promises";

/** Part of a JSON object, as text: the members that belong into the object at `at`. */
export interface Piece {
  readonly at: readonly string[];
  readonly text: string;
}

/** Characters of one piece, which are parsed in well under a millisecond. */
const PIECE_CHARACTERS = 32 * 1024;

/** Splits the object into pieces, in order; a value that is no object stays whole. */
export function piecesOf(value: object): Piece[] {
  const pieces: Piece[] = [];
  split([], value, pieces);
  return pieces;
}

function split(at: readonly string[], value: object, pieces: Piece[]): void {
  let members: string[] = [];
  let characters = 0;
  const flush = (): void => {
    if (members.length > 0) pieces.push({ at, text: `{${members.join(",")}}` });
    members = [];
    characters = 0;
  };
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    const text = JSON.stringify(inner);
    const large = text.length > PIECE_CHARACTERS && isMapping(inner);
    members.push(`${JSON.stringify(name)}:${large ? "{}" : text}`);
    characters += name.length + (large ? 0 : text.length);
    if (large || characters > PIECE_CHARACTERS) flush();
    if (large) split([...at, name], inner, pieces);
  }
  flush();
}

/** Joins the pieces, one in each turn of the event loop, so that a large object does not block other work. */
export async function joinPieces(pieces: readonly Piece[]): Promise<object> {
  const whole = {};
  for (const { at, text } of pieces) {
    let target: object = whole;
    for (const name of at) target = Object.getOwnPropertyDescriptor(target, name)?.value as object;
    for (const [name, value] of Object.entries(JSON.parse(text) as object))
      // Not by assignment, which would set the prototype for the name `__proto__`.
      Object.defineProperty(target, name, { value, writable: true, enumerable: true, configurable: true });
    await nextTurn();
  }
  return whole;
}

function isMapping(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
