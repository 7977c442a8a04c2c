import { isIP } from "node:net";
import { z } from "zod";
import { kindOf } from "../../lib/schema-findings.ts";

/** The kinds of values that options have, each with the sentence that a wrong one gets. */

const durationPattern = /^(0|[1-9][0-9]*)(ms|s|m|h|d)$/;
const sizePattern = /^(0|[1-9][0-9]*)(B|KiB|MiB|GiB)$/;
const countPattern = /^[1-9][0-9]{0,2}(_?[0-9]{3})*$|^(0|[1-9][0-9]*)$/;

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unitBytes: Record<string, number> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

/** A duration as people write it, parsed to milliseconds. `least` and `most` are in the same notation. */
export function duration(least: string, most: string) {
  return z
    .string({ error: (issue) => `expected a duration such as "30s", got ${kindOf(issue.input)}` })
    .regex(durationPattern, { error: "expected a duration such as 250ms, 30s, 15m, 12h or 7d" })
    .transform((text) => scaled(text, durationPattern, unitMs))
    .refine((ms) => ms >= parseDuration(least) && ms <= parseDuration(most), {
      error: `must be between ${least} and ${most}`,
    });
}

/** A size as people write it, parsed to bytes. */
export function size(least: string, most: string) {
  return z
    .string({ error: (issue) => `expected a size such as "1MiB", got ${kindOf(issue.input)}` })
    .regex(sizePattern, { error: "expected a size such as 512B, 64KiB, 8MiB or 1GiB" })
    .transform((text) => scaled(text, sizePattern, unitBytes))
    .refine((bytes) => bytes >= parseSize(least) && bytes <= parseSize(most), {
      error: `must be between ${least} and ${most}`,
    });
}

/** A whole number; underscores may group its digits (YAML 1.2 reads `2_000_000` as text). */
export function count(least: number, most: number) {
  return z
    .union([z.number(), z.string().regex(countPattern, { error: "expected a whole number" })], {
      error: (issue) => `expected a whole number, got ${kindOf(issue.input)}`,
    })
    .transform((value) => (typeof value === "number" ? value : Number(value.replaceAll("_", ""))))
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, {
      error: `must be a whole number between ${least} and ${most}`,
    });
}

export function parseDuration(text: string): number {
  return scaled(text, durationPattern, unitMs);
}

function parseSize(text: string): number {
  return scaled(text, sizePattern, unitBytes);
}

function scaled(text: string, pattern: RegExp, units: Record<string, number>): number {
  const [, digits, unit] = pattern.exec(text) ?? [];
  return Number(digits) * (units[unit ?? ""] ?? Number.NaN);
}

/** Names that appear in records, URLs and policies: plain, short, without a second spelling. */
export function name() {
  return z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/, {
    error: "must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting and ending with a letter or digit",
  });
}

export function nonEmpty() {
  return z.string().min(1, { error: "must not be empty" }).max(2048, { error: "must be at most 2048 characters" });
}

/** scheme://host[:port] and nothing after it, in the one spelling that comparisons use. */
export function origin() {
  return z.string().refine(isOrigin, {
    error: "expected scheme://host or scheme://host:port with http or https, lower case, nothing after it",
  });
}

/** An IP address, or a network as address/prefix; a network of all addresses is none. */
export function network() {
  return z.string().refine(isNetwork, { error: "expected an IP address, or a network such as 10.0.0.0/8" });
}

function isNetwork(text: string): boolean {
  const [address = "", prefix, ...rest] = text.split("/");
  if (rest.length > 0 || isIP(address) === 0) return false;
  if (prefix === undefined) return true;
  return /^[1-9]\d{0,2}$/.test(prefix) && Number(prefix) <= (isIP(address) === 4 ? 32 : 128);
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === "http:" || url.protocol === "https:") && url.origin === text;
}

/** An absolute http(s) URL without credentials or fragment. */
export function webUrl() {
  return z.string().refine(isWebUrl, { error: "expected an http or https URL without credentials and fragment" });
}

function isWebUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.password === "" &&
    url.hash === "" &&
    !text.includes("#")
  );
}

/**
 * A path that every reader takes the same way: unreserved and sub-delim characters of RFC 3986 §3.3 only,
 * no escapes, no `;`, no empty or dot segments, no slash at the end.
 */
export function canonicalPath() {
  return z.string().refine(isCanonicalPath, {
    error: "expected a canonical path: starts with '/', no '%', ';', '//', '.' or '..' segments, no slash at the end",
  });
}

function isCanonicalPath(path: string): boolean {
  if (path === "/") return true;
  if (!/^(\/[A-Za-z0-9._~!$&'()*+,=:@-]+)+$/.test(path)) return false;
  return !path.split("/").some((segment) => segment === "." || segment === "..");
}

/** RFC 9110 §5.6.2 token. */
export const tokenPattern = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

export const mediaTypePattern = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;

/** RFC 6901: empty, or "/" before each token, with ~0 and ~1 as the only escapes. */
export const pointerPattern = /^(\/([^~/]|~[01])*)+$/;

/** A claim's name, or a JSON pointer when it begins with "/". */
export function claimName() {
  return nonEmpty().refine((text) => !text.startsWith("/") || pointerPattern.test(text), {
    error: "begins with / and is no JSON pointer: ~0 and ~1 are its only escapes",
  });
}
