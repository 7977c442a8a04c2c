import { type JsonObject, type JsonValue, objectIn } from "../../lib/json.ts";
import { likeOfShared, type SharedLine } from "./shared-record.ts";
import { membersIn, type MemberTexts } from "./member-texts.ts";
import { parseJson } from "../../lib/parse-json.ts";

/**
 * Values of one record alone, without their names: `"own":[…]` behind `like`. Where each belongs says the member `own` of the members of kind
 * `names` that the record is like: an object whose texts stand for the values, in its order, and say how each is written. The first is the time
 * of the record; what a line begins with is none of them.
 *
 * json: as it is. time: milliseconds since the epoch, of a time in ISO 8601. sha256: base64url, of `sha256:` and hexadecimal digits.
 */
type ValueForm = "json" | "time" | "sha256";

const SHA256 = "sha256:";
/** Of one digest at a time: memory of its own for each costs as much as all else. */
const digestBytes = Buffer.alloc(32);

/** A digest in its shorter form; null for a text that is none. */
export function shortDigest(text: string | null): string | null {
  if (text?.startsWith(SHA256) !== true) return null;
  const hex = text.slice(SHA256.length);
  // Three times a call: an expression that looks at 64 characters takes longer than to write them back.
  if (digestBytes.write(hex, "hex") !== digestBytes.length || digestBytes.toString("hex") !== hex) return null;
  return `"${digestBytes.toString("base64url")}"`;
}

/** How each is written out; null for what is not of that form. */
const longForms: Readonly<Record<Exclude<ValueForm, "json">, (value: JsonValue) => string | null>> = {
  time: (value) => (Number.isInteger(value) && Math.abs(value as number) < 1e15 ? isoText(value as number) : null),
  sha256: (value) => (typeof value === "string" && /^[\w-]{43}$/.test(value) ? `sha256:${hexText(value)}` : null),
};

/** The same of the text of a value, without making the longer one. */
const textForms: Readonly<Record<Exclude<ValueForm, "json">, RegExp>> = {
  time: /^-?\d{1,15}$/,
  sha256: /^"[\w-]{43}"$/,
};

const isoText = (ms: number): string => new Date(ms).toISOString();
const hexText = (base64url: string): string => Buffer.from(base64url, "base64url").toString("hex");

/** A value, or members with those below them. */
type Node = ValueForm | Members;

type Members = readonly Member[];

interface Member {
  readonly name: string;
  /** As JSON text. */
  readonly quoted: string;
  readonly node: Node;
}

/** Its own in each line. */
const framing: ReadonlySet<string> = new Set(["seq", "kind", "decision_id", "like", "own"]);
/** Objects in one another. */
const MOST_DEPTH = 16;

/** Where the values of `own` belong. */
export class OwnForm {
  readonly #members: Members;
  readonly #forms: readonly ValueForm[];
  /** Names that no other member of the line has, as JSON text. */
  readonly #taken: ReadonlySet<string>;

  private constructor(members: Members) {
    this.#members = members;
    this.#forms = members.flatMap(({ node }) => formsIn(node));
    this.#taken = new Set([
      ...[...framing].map((name) => JSON.stringify(name)),
      ...members.map(({ quoted }) => quoted),
    ]);
  }

  /** @returns null for a text that is no such object */
  static of(text: string): OwnForm | null {
    const members = objectIn(text) !== null ? nodeIn(text, MOST_DEPTH) : null;
    if (members === null || typeof members === "string") return null;
    const [first] = members;
    if (first?.name !== "timestamp" || first.node !== "time") return null;
    return members.some(({ name }) => framing.has(name)) ? null : new OwnForm(members);
  }

  /** Whether these are as many as have places, each as it is to be written. `values`: JSON texts. */
  fits(values: readonly string[]): boolean {
    return values.length === this.#forms.length && this.#forms.every((form, at) => isOfForm(form, values[at] ?? ""));
  }

  /** Whether a line with these values may have a member of this name behind them. `quoted`: as JSON text. */
  allows(quoted: string): boolean {
    return !this.#taken.has(quoted);
  }

  /** Its members with the values in their places, as JSON text; null where they do not fit. */
  filled(values: readonly string[]): MemberTexts | null {
    if (values.length !== this.#forms.length) return null;
    const left = values.values();
    const filled = new Map<string, string>();
    for (const { quoted, node } of this.#members) {
      const text = filledText(node, left);
      if (text === null) return null;
      filled.set(quoted, text);
    }
    return filled;
  }

  /** The same of parsed values, as an object. */
  object(values: readonly JsonValue[]): JsonObject | null {
    const left = values.values();
    const filled = values.length === this.#forms.length ? filledNode(this.#members, left) : undefined;
    return filled === undefined ? null : (filled as JsonObject);
  }
}

/** Its members as they stand in the text: an object of JavaScript might have them in another order. Null where it says something else. */
function nodeIn(text: string, depth: number): Node | null {
  if (!text.startsWith("{")) return isValueForm(text.slice(1, -1)) ? (text.slice(1, -1) as ValueForm) : null;
  if (depth === 0) return null;
  const nodes: Member[] = [];
  for (const [quoted, value] of membersIn(text)) {
    const node = nodeIn(value, depth - 1);
    if (node === null) return null;
    nodes.push({ name: parseJson(quoted) as string, quoted, node });
  }
  return nodes;
}

function isValueForm(text: string): boolean {
  return text === "json" || Object.hasOwn(longForms, text);
}

function formsIn(node: Node): ValueForm[] {
  return typeof node === "string" ? [node] : node.flatMap((member) => formsIn(member.node));
}

function isOfForm(form: ValueForm, text: string): boolean {
  return form === "json" ? text !== "" : textForms[form].test(text);
}

function filledText(node: Node, left: Iterator<string>): string | null {
  if (typeof node === "string") return longText(node, left.next().value as string);
  let text = "";
  for (const member of node) {
    const value = filledText(member.node, left);
    if (value === null) return null;
    text += `${text === "" ? "" : ","}${member.quoted}:${value}`;
  }
  return `{${text}}`;
}

function longText(form: ValueForm, text: string): string | null {
  if (form === "json") return text;
  const long = longForms[form](parseJson(text) as JsonValue);
  return long === null ? null : `"${long}"`;
}

function filledNode(node: Node, values: Iterator<JsonValue>): JsonValue | undefined {
  if (typeof node === "string") {
    const value = values.next().value as JsonValue;
    return node === "json" ? value : (longForms[node](value) ?? undefined);
  }
  const filled: Record<string, JsonValue> = {};
  for (const { name, node: below } of node) {
    const value = filledNode(below, values);
    if (value === undefined) return undefined;
    if (name === "__proto__") Object.defineProperty(filled, name, { value, enumerable: true, writable: true });
    else filled[name] = value;
  }
  return filled;
}

/** What shared members may have of values without names: several of kind `names` would not say which place is whose. */
export class OwnForms {
  /** By the text that says it: many lines of kind `names` have the same. */
  readonly #texts = new Map<string, OwnForm>();
  /** Those of kind `names`. */
  readonly #forms = new Map<string, OwnForm>();
  /** What refers to one of them, and to which. */
  readonly #namesOf = new Map<string, string>();

  /** Takes note of shared members. @returns what is wrong with them; null when nothing is */
  note({ kind, digest, members }: SharedLine): string | null {
    if (this.#forms.has(digest) || this.#namesOf.has(digest)) return null;
    const object = objectIn(members);
    if (object === null) return "are no object";
    const references = likeOfShared(members);
    if (Object.hasOwn(object, "like") && references.length === 0) return "refer to others and have more than that";
    const own = Object.hasOwn(object, "own") ? (membersIn(members).get('"own"') ?? "") : null;
    if ((kind === "names") !== (own !== null)) return "are of another kind";
    return own === null ? this.#refer(digest, references) : this.#name(digest, own);
  }

  #name(digest: string, own: string): string | null {
    const form = this.#texts.get(own) ?? OwnForm.of(own);
    if (form === null) return "do not say where values belong";
    this.#texts.set(own, form);
    this.#forms.set(digest, form);
    return null;
  }

  #refer(digest: string, references: readonly string[]): string | null {
    const [first, ...more] = this.#namesIn(references);
    if (more.length > 0) return "have names twice";
    if (first !== undefined) this.#namesOf.set(digest, first);
    return null;
  }

  /** Of all that a record refers to; null: it has no such values. */
  of(references: readonly string[]): OwnForm | "several" | null {
    const [first, ...more] = this.#namesIn(references);
    if (more.length > 0) return "several";
    return first === undefined ? null : (this.#forms.get(first) ?? null);
  }

  #namesIn(references: readonly string[]): Set<string> {
    return new Set(references.flatMap((one) => (this.#forms.has(one) ? one : (this.#namesOf.get(one) ?? []))));
  }
}
