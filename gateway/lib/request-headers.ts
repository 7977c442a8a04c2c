import { hash } from "node:crypto";

/**
 * The first value of a header in a list as Node has it (`rawHeaders`), by its name in lower case. Node's `headers`
 * object is slower to build and hides duplicates.
 */
export function firstHeader(raw: readonly string[], name: string): string | undefined {
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) return raw[at + 1];
  return undefined;
}

/** How often a header was sent, where nothing was dropped or joined yet. */
export function timesSent(raw: readonly string[], name: string): number {
  let count = 0;
  for (let at = 0; at < raw.length; at += 2) if (isNamed(raw[at] as string, name)) count += 1;
  return count;
}

function isNamed(sent: string, name: string): boolean {
  return sent.length === name.length && (sent === name || sent.toLowerCase() === name);
}

/** Version, trace id, parent id, flags, and what a later version may add. Ids of zeros and version ff name nothing. */
const form = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** What a `traceparent` says (https://www.w3.org/TR/trace-context/#traceparent-header). */
export interface Trace {
  readonly id: string;
  /** Of the span that the caller is in, 16 hex digits. */
  readonly parent: string;
  /** Two hex digits, with the flags of version 00 only. */
  readonly flags: string;
}

/** Of version 00 exactly its form; of a later one the part that it shares with 00 (§3.2.4, "Versioning of traceparent"). */
export function readTrace(traceparent: unknown): Trace | null {
  const found = typeof traceparent === "string" ? form.exec(traceparent) : null;
  if (found === null) return null;
  const [, version, id = "", parent = "", flags = "", more] = found;
  if (version === "00") return more === undefined ? { id, parent, flags } : null;
  return { id, parent, flags: Number.parseInt(flags, 16) % 2 === 1 ? "01" : "00" };
}

/** Trace id of a W3C `traceparent` header (https://www.w3.org/TR/trace-context/#traceparent-header); null when absent or malformed. */
export function traceIdOf(traceparent: unknown): string | null {
  return readTrace(traceparent)?.id ?? null;
}

/** The header that continues a caller's trace towards the tool server: same trace, the decision as parent. Null without one to continue. */
export function continueTrace(traceparent: unknown, decisionId: string): string | null {
  const trace = readTrace(traceparent);
  return trace === null ? null : `00-${trace.id}-${spanIdOf(decisionId)}-${trace.flags}`;
}

/** Of the span of a call that is forwarded. */
export function spanIdOf(decisionId: string): string {
  return hash("sha256", decisionId, "hex").slice(0, 16);
}

/** RFC 9651 §3.3.3: printable ASCII; a quote and a backslash only behind a backslash. */
const quotedString = /^"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

/** What many clients send instead of a string: a UUID or another word, without the characters of lists and parameters. */
const bareWord = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The text of a header that holds one RFC 9651 string without parameters, or one bare word; quoted or not, the same text.
 * Null when it is neither, or empty.
 */
export function stringItem(header: string): string | null {
  const quoted = quotedString.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, "$1");
  const text = quoted ?? (bareWord.test(header) ? header : "");
  return text === "" ? null : text;
}

/**
 * The key by which shares of callers are counted: an IPv4 address, also when it is written as an IPv6 one (RFC 4291
 * §2.5.5.2), or the first 64 bits of an IPv6 address, since a subnet has all that begin so (RFC 4291 §2.5.1).
 */
export function callerAddress(address: string | undefined): string {
  const plain = (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.replace(/\d+\.[\d.]+$/, "0:0").split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
