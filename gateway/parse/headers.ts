import { Refusal } from "../domain/errors.ts";
import {
  harmlessHeaders,
  keptFromConnection,
  keptPrefixes,
  singleHeaders,
  singlePrefixes,
  strippedHeaders,
  strippedPrefixes,
  strippedVendors,
  strippedWords,
} from "./header-rules.ts";

export interface RequestHeaders {
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  one(name: string): string | null;
  /** All values of a list header, joined by commas; null when absent. */
  list(name: string): string | null;
  /** What may travel on, lower-case names, in order. */
  readonly endToEnd: readonly (readonly [string, string])[];
}

// Visible ASCII and space. Tab, Latin-1 and controls are legal or tolerated in places, and read differently.
const plainValue = /^[\x20-\x7e]*$/;
const tokenName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Names whose rules are kept; the rules of a name never change, so nothing invalidates them. */
const RULES_KEPT = 1_000;

interface NameRule {
  readonly name: string;
  readonly single: boolean;
  readonly stripped: boolean;
}

/** @throws Refusal header_refused */
export type HeaderReader = (raw: readonly string[]) => RequestHeaders;

/** Reads Node's raw header list, never its joined object, which hides duplicates and drops `__proto__`. */
export function headerReader(): HeaderReader {
  const rules = new Map<string, NameRule>();
  return (raw) => readHeaders(raw, rules);
}

function readHeaders(raw: readonly string[], rules: Map<string, NameRule>): RequestHeaders {
  const values = new Map<string, string>();
  const candidates: [string, string][] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const rule = ruleOf(raw[at] as string, rules);
    const value = raw[at + 1] as string;
    if (!plainValue.test(value)) refuse(rule.name, "has a character outside visible ASCII");
    const before = values.get(rule.name);
    if (before !== undefined && rule.single) refuse(rule.name, "is given twice");
    values.set(rule.name, before === undefined ? value : `${before}, ${value}`);
    if (!rule.stripped) candidates.push([rule.name, value]);
  }
  const get = (name: string): string | null => values.get(name) ?? null;
  return { one: get, list: get, endToEnd: withoutListed(candidates, get("connection")) };
}

function ruleOf(raw: string, rules: Map<string, NameRule>): NameRule {
  const known = rules.get(raw);
  if (known !== undefined) return known;
  if (!tokenName.test(raw)) throw new Refusal("header_refused", { hint: "a header name is not a token" });
  const name = raw.toLowerCase();
  const rule = {
    name,
    single: singleHeaders.has(name) || singlePrefixes.some((prefix) => name.startsWith(prefix)),
    // An underscore becomes a dash in CGI-like upstreams, so such a name could pass for any of ours.
    stripped: name.includes("_") || isStripped(name),
  };
  if (rules.size < RULES_KEPT) rules.set(raw, rule);
  return rule;
}

function isStripped(name: string): boolean {
  if (harmlessHeaders.has(name) || keptPrefixes.some((prefix) => name.startsWith(prefix))) return false;
  if (strippedHeaders.has(name)) return true;
  if ([...strippedPrefixes, ...strippedVendors].some((prefix) => name.startsWith(prefix))) return true;
  return name.split("-").some((word) => strippedWords.has(word));
}

/** Drops what the Connection header names (RFC 9110 §7.6.1). */
function withoutListed(headers: [string, string][], connection: string | null): [string, string][] {
  if (connection === null || /^(?:keep-alive|close)$/i.test(connection)) return headers;
  const listed = new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((name) => name.trim()),
  );
  for (const name of listed) {
    if (keptFromConnection.has(name) || keptPrefixes.some((prefix) => name.startsWith(prefix))) {
      refuse("connection", `must not name ${name}`);
    }
  }
  return headers.filter(([name]) => !listed.has(name));
}

function refuse(name: string, what: string): never {
  throw new Refusal("header_refused", { hint: `${name} ${what}` });
}
