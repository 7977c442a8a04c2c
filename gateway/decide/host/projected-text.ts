import { type JsonObject, jsonText, type JsonValue } from "../../lib/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { ReadTree } from "../../domain/ports.ts";
import { nanosecondsIn } from "./context.ts";
import type { InputMeasure } from "./limits.ts";
import type { JsonBytes } from "./json-bytes.ts";

export interface Written {
  readonly json: JsonBytes;
  readonly measure: InputMeasure;
  readonly input: PolicyInput;
}

/**
 * Writes what is read of a value at `depth` behind `label`, of which `skipped` bytes are left out; nothing for a member
 * that JSON would leave out.
 */
export type Writing = (
  label: Uint8Array,
  skipped: number,
  value: JsonValue | undefined,
  depth: number,
  to: Written,
) => void;

const NS_PATH: readonly string[] = ["context", "time", "ns"];

/** For a value that is no member. */
export const NO_LABEL = new Uint8Array(0);

/** Compiles a tree of reads into one function for each place, once per bundle. */
export function compileReads(reads: ReadTree, path: readonly string[] = []): Writing {
  const onWay = path.length <= NS_PATH.length && path.every((name, index) => name === NS_PATH[index]);
  if (onWay && path.length === NS_PATH.length) return nanoseconds;
  if (reads !== true) return membersOf(reads, path);
  return onWay ? wholeAround(path) : whole;
}

const [OPEN, CLOSE] = [0x7b, 0x7d];
const [NULL, TRUE, FALSE, NO_ITEMS] = ["null", "true", "false", "[]"].map((text) => Buffer.from(text)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

/** A comma first; one byte of it is skipped for an object's first member. */
const labelOf = (name: string): Uint8Array => Buffer.from(`,${JSON.stringify(name)}:`);

/** The members that are read; of anything but an object, its type, and of a scalar all. */
function membersOf(reads: Readonly<Record<string, ReadTree>>, path: readonly string[]): Writing {
  const members = Object.keys(reads).map((name) => ({
    name,
    label: labelOf(name),
    inherited: name in Object.prototype,
    write: compileReads(reads[name] as ReadTree, [...path, name]),
  }));
  return function writeMembers(label, skipped, value, depth, to) {
    if (typeof value !== "object" || value === null) return scalar(label, skipped, value, to);
    const { json } = to;
    json.ascii(label, skipped);
    if (Array.isArray(value)) return json.ascii(NO_ITEMS);
    json.byte(OPEN);
    const start = json.length;
    for (const { name, label: own, inherited, write } of members) {
      if (inherited && !Object.hasOwn(value, name)) continue;
      write(own, json.length === start ? 1 : 0, (value as JsonObject)[name], depth + 1, to);
    }
    json.byte(CLOSE);
  };
}

function whole(label: Uint8Array, skipped: number, value: JsonValue | undefined, depth: number, to: Written): void {
  if (typeof value !== "object" || value === null) return scalar(label, skipped, value, to);
  to.measure.value(value, depth);
  to.json.ascii(label, skipped);
  if (Array.isArray(value) && value.length === 0) to.json.ascii(NO_ITEMS);
  else to.json.json(jsonText(value));
}

/** Writes a whole subtree that contains the nanoseconds, member by member on the path to them. */
function wholeAround(path: readonly string[]): Writing {
  const next = NS_PATH[path.length] as string;
  const writeNext = compileReads(true, [...path, next]);
  return function writeAround(label, skipped, value, depth, to) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return whole(label, skipped, value, depth, to);
    const { json, measure } = to;
    measure.value(value, depth);
    json.ascii(label, skipped);
    json.byte(OPEN);
    const start = json.length;
    // Also what is looked up when it is read; see `InputContext`.
    const members = value as JsonObject;
    for (const name in members) {
      const member = members[name];
      const first = json.length === start ? 1 : 0;
      if (name === next) writeNext(labelOf(name), first, member, depth + 1, to);
      else if (member !== undefined) json.json(`,${JSON.stringify(name)}:${JSON.stringify(member)}`.slice(first));
    }
    json.byte(CLOSE);
  };
}

/** Written as text: a JavaScript number cannot hold today's nanoseconds exactly. */
function nanoseconds(
  label: Uint8Array,
  skipped: number,
  value: JsonValue | undefined,
  depth: number,
  to: Written,
): void {
  if (typeof value !== "number") return whole(label, skipped, value, depth, to);
  const { timeNs } = to.input;
  const digits = timeNs ?? (Number.isSafeInteger(value) ? null : nanosecondsIn(to.input.text));
  if (digits === null) return scalar(label, skipped, value, to);
  to.json.ascii(label, skipped);
  to.json.json(digits);
}

function scalar(label: Uint8Array, skipped: number, value: JsonValue | undefined, { json }: Written): void {
  // JSON leaves out functions and undefined members.
  if (value === undefined || typeof value === "function") return;
  json.ascii(label, skipped);
  if (typeof value === "string") json.string(value);
  else if (value === null) json.ascii(NULL);
  else if (typeof value === "boolean") json.ascii(value ? TRUE : FALSE);
  else json.json(typeof value === "number" && Number.isFinite(value) ? String(value) : JSON.stringify(value));
}
