import { isIPv4, isIPv6 } from "node:net";
import { compileRegexp } from "../go/regexp.ts";
import { parseTime } from "../time/parse.ts";
import { LAYOUTS } from "../time/layout.ts";
import { succeeds } from "../types.ts";
import { parseUri } from "../uri.ts";

function isTime(...layouts: readonly string[]): (text: string) => boolean {
  return (text) => layouts.some((layout) => succeeds(() => parseTime(layout, text)));
}

function isReference(text: string): boolean {
  return !text.includes("\\") && succeeds(() => parseUri(text));
}

function isUri(text: string): boolean {
  return isReference(text) && parseUri(text).scheme !== "";
}

const LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
const HOSTNAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const ATOM = '[^\\s()<>\\[\\]:;@\\\\,."\\x00-\\x1f\\x7f]+';
/** An address, bare or in angle brackets behind a name. */
const EMAIL = new RegExp(
  `^\\s*(?:[^<>@,]*<)?(?:${ATOM}(?:\\.${ATOM})*|"(?:[^"\\\\]|\\\\.)*")@(?:${ATOM}(?:\\.${ATOM})*|\\[[^\\]]*\\])>?\\s*$`,
);

const time = isTime("15:04:05Z07:00", "15:04:05");
/** Formats of strings; an unknown one holds for everything. */
const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  date: isTime("2006-01-02"),
  time,
  "date-time": isTime("15:04:05", "15:04:05Z07:00", "2006-01-02", LAYOUTS["RFC3339"] as string),
  hostname: (text) => text.length < 256 && HOSTNAME.test(text),
  email: (text) => EMAIL.test(text),
  "idn-email": (text) => EMAIL.test(text),
  ipv4: (text) => isIPv4(text) || (isIPv6(text) && text.includes(".") && !text.includes("%")),
  ipv6: (text) => isIPv6(text) && !text.includes("%"),
  uri: isUri,
  "uri-reference": isReference,
  iri: isUri,
  "iri-reference": isReference,
  "uri-template": (text) => isReference(text) && !/\{[^}]*$/.test(parseUri(text).path),
  uuid: (text) => /^[a-f0-9]{8}-(?:[a-f0-9]{4}-){3}[a-f0-9]{12}$/i.test(text),
  regex: (text) => text === "" || succeeds(() => compileRegexp(text)),
  "json-pointer": (text) => /^(?:\/(?:[^~/]|~0|~1)*)*$/.test(text),
  "relative-json-pointer": (text) => /^(?:0|[1-9][0-9]*)(?:#|(?:\/(?:[^~/]|~0|~1)*)*)$/.test(text),
};

export function hasFormat(format: string, text: string): boolean {
  return Object.hasOwn(CHECKS, format) ? (CHECKS[format] as (text: string) => boolean)(text) : true;
}
