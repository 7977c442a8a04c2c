import { hash } from "node:crypto";
import { isExactNumber, isJsonObject, type JsonObject, type JsonValue, parseExact } from "../../lib/json.ts";
import { digestOfMembers, likeIn, likeOfShared, sharedIn } from "./shared-record.ts";

/** A record refers to shared members that do not stand before it in its segment, or that are not what their digest says. */
export class BrokenReference extends Error {
  override readonly name = "BrokenReference";
}

/** Makes the records of one segment whole. It is given the lines in their order, from the first on. */
export class WholeRecords {
  readonly #members = new Map<string, JsonObject>();

  /** Takes note of the line when it has shared members. @returns whether it has. @throws BrokenReference */
  note(line: string): boolean {
    const shared = sharedIn(line);
    if (shared === null) return false;
    const { digest, members } = shared;
    if (this.#members.has(digest)) return true;
    if (digestOfMembers(members) !== digest)
      throw new BrokenReference(`the shared members ${digest} are not what their digest says`);
    const references = likeOfShared(members);
    this.#members.set(digest, references.length > 0 ? this.#all(references) : (parseExact(members) as JsonObject));
    return true;
  }

  /** A record with all of its members, also those that it refers to. @throws BrokenReference */
  whole(line: string): string {
    return likeIn(line).length === 0 ? line : JSON.stringify(this.object(line));
  }

  /**
   * The same as an object. Of a record that refers to others, numbers keep their digits; its input is what was judged, member for member in its order, and the
   * digest is added where the record leaves it out. @throws BrokenReference, SyntaxError for a line that is no JSON
   */
  object(line: string): JsonObject {
    const references = likeIn(line);
    if (references.length === 0) return JSON.parse(line) as JsonObject;
    const { like: _like, ...own } = parseExact(line) as JsonObject;
    const { seq, kind, decision_id } = own;
    const { input = null, ...whole } = merged(
      merged({ seq, kind, decision_id } as JsonObject, this.#all(references)),
      own,
    );
    const digest = whole["input_digest"] ?? `sha256:${hash("sha256", JSON.stringify(input))}`;
    // In the place that it has in every record.
    return { ...whole, input_digest: digest, input };
  }

  #all(references: readonly string[]): JsonObject {
    return references.map((digest) => this.#of(digest)).reduce(merged, {});
  }

  #of(digest: string): JsonObject {
    const members = this.#members.get(digest);
    if (members === undefined)
      throw new BrokenReference(`refers to the shared members ${digest}, which are not before it`);
    return members;
  }
}

/** Members of both, in the order of the first; of two objects the members of both again, of other values the second. */
function merged(one: JsonObject, other: JsonObject): JsonObject {
  const entries = Object.entries(other).map(([name, value]) => [name, both(one[name], value)] as const);
  return { ...one, ...Object.fromEntries(entries) };
}

function both(one: JsonValue | undefined, other: JsonValue): JsonValue {
  return isMembers(one) && isMembers(other) ? merged(one, other) : other;
}

function isMembers(value: JsonValue | undefined): value is JsonObject {
  return isJsonObject(value) && !isExactNumber(value);
}
