import { oncePer } from "../../lib/caches.ts";
import { type JsonValue, pointerSteps, valueAtSteps } from "../../lib/json.ts";
import { foldKey } from "../../lib/look-alike.ts";
import type { CatalogFact } from "../facts.ts";
import type { ToolCall } from "../tool-call.ts";

/**
 * The targets of a task are values as arguments have them (an order, an account, a path, an address), hosts (`shop.example`: of
 * URLs, and of mail addresses behind the @), and domains (`*.shop.example`: all hosts below). Letter case does not count.
 */
interface Covered {
  readonly exact: ReadonlySet<string>;
  /** Domains of which all hosts below count, each with a dot in front. */
  readonly below: readonly string[];
}

const coveredBy = oncePer((targets: readonly string[]): Covered => {
  const folded = targets.map(normal);
  return {
    exact: new Set([...folded, ...folded.flatMap(asciiHost)]),
    below: folded.filter((target) => target.startsWith("*.")).map((target) => target.slice(1)),
  };
});

/**
 * The pointers of the catalog's destinations and targets at which this call names something that these targets do not cover. The
 * empty pointer stands for a call of which it cannot be told: its tool is not in the catalog, or has such pointers and the call
 * names nothing at any of them.
 */
export function targetsOutside(
  targets: readonly string[],
  call: Pick<ToolCall, "arguments" | "argumentsOmitted" | "resourceType">,
  catalog: CatalogFact,
): readonly string[] {
  if (call.resourceType !== "tool") return none;
  if (!catalog.known) return unknown;
  const places = placesOf(catalog);
  if (places.length === 0) return none;
  if (call.argumentsOmitted) return unknown;
  const named = places.flatMap(({ pointer, steps }) => {
    const value = valueAtSteps(call.arguments, steps);
    return value === undefined || value === null ? [] : [{ pointer, value }];
  });
  if (named.length === 0) return unknown;
  return named.filter(({ value }) => !covers(targets, value)).map(({ pointer }) => pointer);
}

const none: readonly string[] = [];
const unknown: readonly string[] = [""];

const placesOf = oncePer(({ destination, target }: CatalogFact) =>
  [...new Set([...destination, ...target])].map((pointer) => ({ pointer, steps: pointerSteps(pointer) })),
);

/** Of a list every member; anything else than a text or a number is covered by nothing. */
function covers(targets: readonly string[], value: JsonValue): boolean {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).every((one) => coversText(targets, one));
  return coversText(targets, value);
}

function coversText(targets: readonly string[], value: JsonValue): boolean {
  if (typeof value !== "string" && typeof value !== "number") return false;
  const { exact, below } = coveredBy(targets);
  const text = normal(String(value));
  if (exact.has(text)) return true;
  const host = hostOf(text);
  return host !== null && (exact.has(host) || below.some((domain) => host.endsWith(domain)));
}

/** The first target that no target of the other list covers; null when all are covered. */
export function targetOutside(targets: readonly string[], of: readonly string[]): string | null {
  const { below } = coveredBy(of);
  return targets.find((target) => !coversText(of, target) && !isBelow(normal(target), below)) ?? null;
}

/** `*.eu.shop.example` below `*.shop.example`, and `a.shop.example` as well. */
function isBelow(target: string, below: readonly string[]): boolean {
  const domain = target.startsWith("*.") ? target.slice(1) : bareHost(target) ? `.${target}` : null;
  return domain !== null && below.some((wide) => domain.endsWith(wide) && (domain !== wide || target.startsWith("*.")));
}

function normal(text: string): string {
  return foldKey(text.trim());
}

/**
 * One mail address and nothing beside it. Without what ends a host for whoever takes it for an address of the web
 * (`evil.example/?@shop.example`), or has mail passed on (`eve%evil.example@shop.example`).
 */
const mail = /^[a-z0-9.$&'*+=^_`{|}~-]+@([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/;
const hostName = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/;

function bareHost(text: string): boolean {
  return hostName.test(text);
}

/** The ASCII form of a host that is written in other letters. */
function asciiHost(target: string): string[] {
  if (/^[\x20-\x7e]*$/.test(target) || /[\s/\\@:?#%]/.test(target)) return [];
  const url = `https://${target}`;
  return URL.canParse(url) ? [new URL(url).hostname] : [];
}

/** ASCII, and nothing that one reader takes for a separator and another does not. */
const plainUrl = /^[a-z][a-z0-9+.-]*:\/\/(?!\/)[\x21-\x5b\x5d-\x7e]+$/;

/** The host of a mail address or of a URL with an authority, in ASCII; null when the text is neither. */
function hostOf(text: string): string | null {
  const host = mail.exec(text)?.[1];
  if (host !== undefined) return host;
  if (!plainUrl.test(text) || !URL.canParse(text)) return null;
  // The name alone: what a port leads to is still that host.
  const { hostname, username, password } = new URL(text);
  return hostname === "" || username !== "" || password !== "" ? null : hostname.replace(/\.$/, "");
}
