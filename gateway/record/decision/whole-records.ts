import { hash } from "node:crypto";
import { Recent } from "../../lib/caches.ts";
import { deepFreeze, isJsonObject, type JsonObject, type JsonValue, objectIn, parseExact } from "../../lib/json.ts";
import { BaseMembers, membersIn, type MemberTexts, textOf } from "./member-texts.ts";
import { type OwnForm, OwnForms } from "./own-values.ts";
import { hasMisplaced, mayBeMisplaced, mayMisplace, type ReferringLine, referringIn } from "./referring-line.ts";
import { digestOfMembers, likeOfShared, sharedIn } from "./shared-record.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** A record that does not fit the shared members that it refers to, or members that are damaged. */
export class BrokenReference extends Error {
  override readonly name: string = "BrokenReference";
}

/** It refers to shared members that do not stand before it in its segment. */
export class MissingReference extends BrokenReference {
  override readonly name = "MissingReference";
}

/** The text of shared members, or the texts that they refer to. A segment may have many: they are kept small. */
type Kept = string | readonly string[];

/** What a record is like. */
interface Base {
  readonly members: BaseMembers;
  /** Where its values without names belong; null: nowhere is said. */
  readonly form: OwnForm | null;
}

/** Records that follow on each other refer to few sets of shared members. So many are kept laid over one another, and up to as many again. */
const MOST_LAID = 64;

/** Makes the records of one segment whole. It is given the lines in their order, from the first on. */
export class WholeRecords {
  readonly #kept = new Map<string, Kept>();
  readonly #forms = new OwnForms();
  readonly #laid = new Recent<Base>(MOST_LAID);
  readonly #parsed = new Recent<JsonObject>(MOST_LAID);

  /** Takes note of the line when it has shared members. @returns whether it has. @throws BrokenReference for damaged ones */
  note(line: string): boolean {
    const shared = sharedIn(line);
    if (shared === null) return false;
    if (this.#kept.has(shared.digest)) return true;
    // Not the one in the line: part of a text keeps all of it in memory.
    const digest = digestOfMembers(shared.members);
    if (digest !== shared.digest)
      throw new BrokenReference(`the shared members ${shared.digest} are not what their digest says`);
    const members = Buffer.from(shared.members).toString();
    const references = likeOfShared(members);
    const kept = references.length > 0 ? together(references.map((one) => this.#of(one))) : members;
    const problem = this.#forms.note({ kind: shared.kind, digest, members });
    if (problem !== null) throw new BrokenReference(`the shared members ${digest} ${problem}`);
    this.#kept.set(digest, kept);
    return true;
  }

  /** As `note`; damaged ones are left out. @returns whether the line has shared members, damaged or not */
  noteSound(line: string): boolean {
    try {
      return this.note(line);
    } catch (failure) {
      if (failure instanceof BrokenReference) return true;
      throw failure;
    }
  }

  /**
   * A record with all of its members, also those that it refers to. Of a record that refers to others, every value keeps its text; its input is
   * what was judged, byte for byte, and the digest is added where the record leaves it out. @throws BrokenReference
   */
  whole(line: string): string {
    const found = referringIn(line);
    if (found === null) {
      if (mayMisplace(line) && hasMisplaced(objectIn(line) ?? {})) throw unfit();
      return line;
    }
    parsed(line);
    const { members, form } = this.#base(found.references);
    const values = form === null ? noValues(found) : form.filled(fitting(form, found));
    if (values === null) throw unfit();
    const whole = new Map([
      ...found.frame,
      ...members.under(new Map([...found.frame, ...values, ...membersIn(found.rest)])),
    ]);
    if (whole.get('"kind"') !== '"decision"') return textOf(whole);
    const input = whole.get('"input"') ?? "null";
    whole.delete('"input"');
    if ((whole.get('"input_digest"') ?? "null") === "null")
      whole.set('"input_digest"', `"sha256:${hash("sha256", input)}"`);
    // In the place that it has in every record.
    whole.set('"input"', input);
    return textOf(whole);
  }

  /**
   * The same as an object, for readers of many: what it shares with other records is parsed once, frozen, and part of each of them. Numbers are
   * those of JavaScript, and a digest that the record leaves out stays out. Null for a line that refers to nothing and is no JSON. @throws BrokenReference
   */
  shared(line: string): JsonObject | null {
    const found = referringIn(line);
    if (found === null) return unlike(line);
    const { members, form } = this.#base(found.references);
    const { like: _like, own: values, ...own } = parsed(line) as JsonObject;
    const key = found.references.join(" ");
    let base = this.#parsed.get(key);
    if (base === undefined) {
      base = deepFreeze(parsed(textOf(members.members)) as JsonObject);
      this.#parsed.set(key, base);
    }
    if (form === null) {
      noValues(found);
      return over(base, own);
    }
    fitting(form, found);
    const named = form.object(values as JsonValue[]);
    if (named === null) throw unfit();
    return over(over(base, named), own);
  }

  /** The same as an object. Of a record that refers to others, numbers keep their digits. @throws BrokenReference */
  object(line: string): JsonObject {
    const whole = this.whole(line);
    return (whole === line ? parsed(line) : parseExact(whole)) as JsonObject;
  }

  #base(references: readonly string[]): Base {
    const key = references.join(" ");
    const known = this.#laid.get(key);
    if (known !== undefined) return known;
    const members = new Map(laid(references.map((digest) => this.#of(digest))));
    members.delete('"own"');
    const form = this.#forms.of(references);
    if (form === "several") throw new BrokenReference("refers to names twice");
    const base = { members: new BaseMembers(members), form };
    this.#laid.set(key, base);
    return base;
  }

  #of(digest: string): Kept {
    const kept = this.#kept.get(digest);
    if (kept === undefined)
      throw new MissingReference(`refers to the shared members ${digest}, which are not before it`);
    return kept;
  }
}

/** References to references, which the gateway does not write, are followed once: each could double what there is to lay. */
function together(parts: readonly Kept[]): Kept {
  return parts.every((part) => typeof part === "string") ? parts : textOf(laid(parts));
}

function laid(parts: readonly Kept[]): MemberTexts {
  const first: MemberTexts = new Map();
  return parts
    .map((part) => (typeof part === "string" ? membersIn(part) : laid(part)))
    .reduce((base, members) => new BaseMembers(base).under(members), first);
}

/** The values of a record that have no names. @throws BrokenReference for those that do not fit, and for another member in one of their places */
function fitting(form: OwnForm, { values, rest }: ReferringLine): readonly string[] {
  if (values === null || rest === "" || !form.fits(values)) throw unfit();
  const isApart =
    rest === "{}" ||
    membersIn(rest)
      .keys()
      .every((name) => form.allows(name));
  if (!isApart) throw unfit();
  return values;
}

/** @throws BrokenReference for a record that has some, or a list in another place */
function noValues({ values, rest }: ReferringLine): MemberTexts {
  if (values !== null || rest === "" || (mayBeMisplaced(rest) && hasMisplaced(parsed(rest) as object))) throw unfit();
  return new Map();
}

/** @throws BrokenReference for a record that has values and names nothing that it is like */
function unlike(line: string): JsonObject | null {
  const object = objectIn(line);
  if (object !== null && mayMisplace(line) && hasMisplaced(object)) throw unfit();
  return object;
}

function unfit(): BrokenReference {
  return new BrokenReference("has values that do not fit what it refers to");
}

/** As `BaseMembers.under`, of objects. A member may have any name, `__proto__` too. */
function over(base: JsonObject, own: JsonObject): JsonObject {
  const laid = { ...base };
  for (const name of Object.keys(own)) {
    const [below, above] = [Object.hasOwn(base, name) ? base[name] : undefined, own[name] as JsonValue];
    const value = below !== undefined && isJsonObject(below) && isJsonObject(above) ? over(below, above) : above;
    if (name === "__proto__") Object.defineProperty(laid, name, { value, enumerable: true, writable: true });
    else (laid as Record<string, JsonValue>)[name] = value;
  }
  return laid;
}

/** @throws BrokenReference for a text that is no JSON */
function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (failure) {
    throw new BrokenReference("is no JSON", { cause: failure });
  }
}
