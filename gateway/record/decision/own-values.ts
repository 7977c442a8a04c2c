import { isJsonObject } from "../../lib/json.ts";
import { membersIn } from "./member-texts.ts";

/**
 * Values of one record alone, without their names: `"own":[…]` behind `like`. Where each belongs says the member `own` of what the record is
 * like: an object whose texts stand for the values, in its order, and say how each is written.
 *
 * json: as it is. time: milliseconds since the epoch, of a time in ISO 8601. sha256: base64url, of `sha256:` and hexadecimal digits.
 */
type ValueForm = "json" | "time" | "sha256";

const digest = /^sha256:[0-9a-f]{64}$/;

/** A digest in its shorter form; null for a text that is none. */
export function shortDigest(text: string | null): string | null {
  if (text === null || !digest.test(text)) return null;
  return `"${Buffer.from(text.slice("sha256:".length), "hex").toString("base64url")}"`;
}

const longForms: Readonly<Record<ValueForm, (value: string) => string | null>> = {
  json: (value) => value,
  time: (value) => (/^-?\d{1,15}$/.test(value) ? `"${new Date(Number(value)).toISOString()}"` : null),
  sha256(value) {
    if (!/^"[\w-]{43}"$/.test(value)) return null;
    return `"sha256:${Buffer.from(value.slice(1, -1), "base64url").toString("hex")}"`;
  },
};

/** Where the values of `own` belong. */
export class OwnForm {
  /** What stands before each value. */
  readonly #before: string[] = [];
  readonly #forms: ((value: string) => string | null)[] = [];
  #behind = "";

  /** @returns null for a text that is no such object */
  static of(text: string): OwnForm | null {
    const form = new OwnForm();
    return form.#object(text) ? form : null;
  }

  /** JSON text of the object with the values in their places; null where they do not fit it. */
  filled(values: readonly string[]): string | null {
    if (values.length !== this.#forms.length) return null;
    let text = "";
    for (const [at, value] of values.entries()) {
      const long = this.#forms[at]?.(value) ?? null;
      if (long === null) return null;
      text += `${this.#before[at]}${long}`;
    }
    return text + this.#behind;
  }

  /** Its members as they stand in the text: an object of JavaScript might have them in another order. */
  #object(text: string): boolean {
    if (!isObject(text)) return false;
    this.#behind += "{";
    let separator = "";
    for (const [name, value] of membersIn(text)) {
      this.#behind += `${separator}${name}:`;
      separator = ",";
      if (value.startsWith("{") ? !this.#object(value) : !this.#place(value)) return false;
    }
    this.#behind += "}";
    return true;
  }

  #place(value: string): boolean {
    const form = value.slice(1, -1);
    if (!Object.hasOwn(longForms, form)) return false;
    this.#before.push(this.#behind);
    this.#forms.push(longForms[form as ValueForm]);
    this.#behind = "";
    return true;
  }
}

function isObject(text: string): boolean {
  try {
    return isJsonObject(JSON.parse(text));
  } catch {
    return false;
  }
}
