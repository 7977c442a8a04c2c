import { Refusal } from "../domain/errors.ts";
import { Recent } from "../lib/caches.ts";

// type/subtype, and no parameter but charset=utf-8 (RFC 9110 §8.3): one value, no list, no odd whitespace.
const exactType = /^([a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*)(?: ?; ?charset=(?:utf-8|"utf-8"))?$/;

// RFC 2046 §5.1.1. The boundary is kept as part of the type, since it decides where parts begin and end. Boundaries
// with spaces are not accepted.
const multipartType =
  /^(multipart\/[a-z0-9][a-z0-9.+-]*) ?; ?boundary=(?:([A-Za-z0-9'+_.-]{1,70})|"([A-Za-z0-9'()+_,./:=?-]{1,70})")$/i;

/** Callers use few different values. */
const recent = new Recent<string>(64);

const LONGEST = 128;

/**
 * The media type of a body, lower case, when the route accepts it: without parameters, but a multipart type with its boundary.
 * @throws Refusal type_refused
 */
export function readMediaType(header: string | null, accepted: ReadonlySet<string>): string {
  if (header === null) throw new Refusal("type_refused", { hint: "no Content-Type" });
  const parts = multipartType.exec(header);
  if (parts !== null) return readMultipart(parts, accepted);
  const type = recent.get(header) ?? readExactly(header);
  return acceptedType(type, accepted);
}

function readMultipart([, type = "", plain, quoted]: RegExpExecArray, accepted: ReadonlySet<string>): string {
  return `${acceptedType(type.toLowerCase(), accepted)}; boundary=${plain ?? `"${quoted}"`}`;
}

function acceptedType(type: string, accepted: ReadonlySet<string>): string {
  if (accepted.has(type)) return type;
  throw new Refusal("type_refused", { hint: `accepted: ${[...accepted].join(", ")}` });
}

function readExactly(header: string): string {
  const type = exactType.exec(header.toLowerCase())?.[1];
  if (type === undefined) throw new Refusal("type_refused", { hint: "Content-Type is not one media type in UTF-8" });
  if (type.startsWith("multipart/"))
    throw new Refusal("type_refused", { hint: "a multipart type needs its boundary, and no other parameter" });
  if (header.length <= LONGEST) recent.set(header, type);
  return type;
}
