import { parseJson } from "../../lib/parse-json.ts";

/** Members of a JSON object in their order: names to values, both as JSON text. A name has one text only, that of `JSON.stringify`. */
export type MemberTexts = ReadonlyMap<string, string>;

const [QUOTE, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d];
const BACKSLASH = 0x5c;

/** `text`: valid JSON of an object. Values are not parsed, so that each keeps its text. */
export function membersIn(text: string): Map<string, string> {
  const members = new Map<string, string>();
  let at = pastSpace(text, text.indexOf("{") + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const behind = endOfString(text, at);
    const start = pastSpace(text, text.indexOf(":", behind) + 1);
    const end = endOfValue(text, start);
    members.set(nameOf(text.slice(at, behind)), text.slice(start, end));
    at = pastSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = pastSpace(text, at + 1);
  }
  return members;
}

/** `text`: valid JSON of which a list begins at `from`; of another text it says less. `end`: behind the list. */
export function elementsIn(text: string, from: number): { readonly elements: string[]; readonly end: number } {
  const elements: string[] = [];
  let at = pastSpace(text, from + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_LIST) {
    const end = endOfValue(text, at);
    if (end === at) break;
    elements.push(text.slice(at, end));
    at = pastSpace(text, end);
    if (text.charCodeAt(at) === COMMA) at = pastSpace(text, at + 1);
  }
  return { elements, end: at + 1 };
}

export function textOf(members: MemberTexts): string {
  let text = "";
  for (const [name, value] of members) text += `${text === "" ? "" : ","}${name}:${value}`;
  return `{${text}}`;
}

/** Members that others are laid over, many times. */
export class BaseMembers {
  readonly members: MemberTexts;
  /** Members that are objects and that something was laid over. */
  readonly #inner = new Map<string, BaseMembers>();

  constructor(members: MemberTexts) {
    this.members = members;
  }

  /** Members of both, in the order of these; of two objects the members of both again, of other values the one laid over. */
  under(others: MemberTexts): Map<string, string> {
    const laid = new Map(this.members);
    for (const [name, value] of others) {
      const inner = value.startsWith("{") ? this.#object(name) : null;
      laid.set(name, inner === null ? value : textOf(inner.under(membersIn(value))));
    }
    return laid;
  }

  #object(name: string): BaseMembers | null {
    const value = this.members.get(name);
    if (value?.startsWith("{") !== true) return null;
    const known = this.#inner.get(name);
    if (known !== undefined) return known;
    const made = new BaseMembers(membersIn(value));
    this.#inner.set(name, made);
    return made;
  }
}

function nameOf(text: string): string {
  return text.includes("\\") ? JSON.stringify(parseJson(text)) : text;
}

function pastSpace(text: string, from: number): number {
  let at = from;
  // Of the characters below it, valid JSON has white space alone outside of strings.
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

/** Behind the quote that ends the string. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text.charCodeAt(before - 1) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 0) return end + 1;
  }
  return text.length;
}

function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  return first === OPEN || first === OPEN_LIST ? endOfNested(text, start) : endOfWord(text, start);
}

function endOfNested(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    at += 1;
    if (code === OPEN || code === OPEN_LIST) depth += 1;
    else if (code === CLOSE || code === CLOSE_LIST) depth -= 1;
    if (depth === 0) return at;
  }
  return text.length;
}

/** A number, or true, false or null. */
function endOfWord(text: string, start: number): number {
  let at = start;
  for (let code = text.charCodeAt(at); code > 0x20 && code !== COMMA && code !== CLOSE && code !== CLOSE_LIST;) {
    at += 1;
    code = text.charCodeAt(at);
  }
  return at;
}
