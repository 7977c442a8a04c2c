import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import { membersIn } from "./member-texts.ts";

/**
 * Values of one record alone, without their names: `"own":[…]` behind `like`. Where each belongs says the member `own` of what the record is
 * like: an object whose texts stand for the values, in its order, and say how each is written.
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

const isoText = (ms: number): string => new Date(ms).toISOString();
const hexText = (base64url: string): string => Buffer.from(base64url, "base64url").toString("hex");

/** A value, or members with those below them. */
type Node = ValueForm | readonly (readonly [name: string, node: Node])[];

/** Where the values of `own` belong. */
export class OwnForm {
  /** What stands before each value. */
  readonly #before: string[] = [];
  readonly #forms: ValueForm[] = [];
  #behind = "";
  #members: Node = [];

  /** @returns null for a text that is no such object */
  static of(text: string): OwnForm | null {
    if (!isObject(text)) return null;
    const form = new OwnForm();
    const members = form.#object(text);
    if (members === null) return null;
    form.#members = members;
    return form;
  }

  /** JSON text of the object with the values in their places; null where they do not fit it. */
  filled(values: readonly string[]): string | null {
    if (values.length !== this.#forms.length) return null;
    let text = "";
    for (const [at, value] of values.entries()) {
      const long = longText(this.#forms[at] ?? "json", value);
      if (long === null) return null;
      text += `${this.#before[at]}${long}`;
    }
    return text + this.#behind;
  }

  /** The same of parsed values, as an object. */
  object(values: readonly JsonValue[]): JsonObject | null {
    const left = values.values();
    const filled = values.length === this.#forms.length ? filledNode(this.#members, left) : undefined;
    return filled === undefined ? null : (filled as JsonObject);
  }

  /** Its members as they stand in the text: an object of JavaScript might have them in another order. Null where it says something else. */
  #object(text: string): Node | null {
    this.#behind += "{";
    const nodes: [string, Node][] = [];
    for (const [name, value] of membersIn(text)) {
      this.#behind += `${nodes.length === 0 ? "" : ","}${name}:`;
      const node = value.startsWith("{") ? this.#object(value) : this.#place(value);
      if (node === null) return null;
      nodes.push([JSON.parse(name) as string, node]);
    }
    this.#behind += "}";
    return nodes;
  }

  #place(value: string): ValueForm | null {
    const form = value.slice(1, -1);
    if (form !== "json" && !Object.hasOwn(longForms, form)) return null;
    this.#before.push(this.#behind);
    this.#forms.push(form as ValueForm);
    this.#behind = "";
    return form as ValueForm;
  }
}

function longText(form: ValueForm, text: string): string | null {
  if (form === "json") return text;
  const long = longForms[form](JSON.parse(text) as JsonValue);
  return long === null ? null : `"${long}"`;
}

function filledNode(node: Node, values: Iterator<JsonValue>): JsonValue | undefined {
  if (typeof node === "string") {
    const value = values.next().value as JsonValue;
    return node === "json" ? value : (longForms[node](value) ?? undefined);
  }
  const filled: Record<string, JsonValue> = {};
  for (const [name, below] of node) {
    const value = filledNode(below, values);
    if (value === undefined) return undefined;
    if (name === "__proto__") Object.defineProperty(filled, name, { value, enumerable: true, writable: true });
    else filled[name] = value;
  }
  return filled;
}

function isObject(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
