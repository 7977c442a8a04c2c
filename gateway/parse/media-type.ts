import { Refusal } from "../domain/errors.ts";
import { Recent } from "../domain/recent.ts";

// type/subtype, and no parameter but charset=utf-8 (RFC 9110 §8.3): one value, no list, no odd whitespace.
const exactType = /^([a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*)(?: ?; ?charset=(?:utf-8|"utf-8"))?$/;

/** Callers say the same few again and again. */
const recent = new Recent<string>(64);
const LONGEST = 128;

/**
 * The media type of a body, without parameters, lower case, when the route accepts it.
 * @throws Refusal type_refused
 */
export function readMediaType(header: string | null, accepted: ReadonlySet<string>): string {
  if (header === null) throw new Refusal("type_refused", { hint: "no Content-Type" });
  const type = recent.get(header) ?? readExactly(header);
  if (!accepted.has(type)) throw new Refusal("type_refused", { hint: `accepted: ${[...accepted].join(", ")}` });
  return type;
}

function readExactly(header: string): string {
  const type = exactType.exec(header.toLowerCase())?.[1];
  if (type === undefined) throw new Refusal("type_refused", { hint: "Content-Type is not one media type in UTF-8" });
  if (header.length <= LONGEST) recent.set(header, type);
  return type;
}

/** application/json and every structured syntax built on it (RFC 6839 §3.1). */
export function isJsonType(type: string): boolean {
  return type === "application/json" || type.endsWith("+json");
}
