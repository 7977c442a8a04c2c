import type { JsonObject, JsonValue } from "../../domain/json.ts";
import type { PolicyInput } from "../../domain/policy-input.ts";
import type { ReadTree } from "../../domain/projection.ts";
import { nanosecondsIn } from "./context.ts";
import type { InputMeasure } from "./input-limits.ts";

export interface Written {
  readonly measure: InputMeasure;
  readonly input: PolicyInput;
}

/** JSON text of what is read of a value at `depth`; empty for a member that JSON would leave out. */
export type Writing = (value: JsonValue | undefined, depth: number, written: Written) => string;

const NS_PATH: readonly string[] = ["context", "time", "ns"];

/** One function for each place, made once a bundle. */
export function compileReads(reads: ReadTree, path: readonly string[] = []): Writing {
  const onWay = path.length <= NS_PATH.length && path.every((name, index) => name === NS_PATH[index]);
  if (onWay && path.length === NS_PATH.length) return nanoseconds;
  if (reads !== true) return membersOf(reads, path);
  return onWay ? wholeAround(path) : whole;
}

/** The members that are read; of anything but an object, its type, and of a scalar all. */
function membersOf(reads: Readonly<Record<string, ReadTree>>, path: readonly string[]): Writing {
  const members = Object.keys(reads).map((name) => ({
    name,
    label: `${JSON.stringify(name)}:`,
    inherited: name in Object.prototype,
    write: compileReads(reads[name] as ReadTree, [...path, name]),
  }));
  return function writeMembers(value, depth, written) {
    if (typeof value !== "object" || value === null) return scalar(value);
    if (Array.isArray(value)) return "[]";
    let text = "";
    for (const { name, label, inherited, write } of members) {
      if (inherited && !Object.hasOwn(value, name)) continue;
      const member = write((value as JsonObject)[name], depth + 1, written);
      if (member !== "") text += text === "" ? label + member : `,${label}${member}`;
    }
    return `{${text}}`;
  };
}

function whole(value: JsonValue | undefined, depth: number, { measure }: Written): string {
  if (typeof value !== "object" || value === null) return scalar(value);
  measure.value(value, depth);
  return JSON.stringify(value);
}

/** A whole subtree with the nanoseconds in it: member by member on the way to them. */
function wholeAround(path: readonly string[]): Writing {
  const next = NS_PATH[path.length] as string;
  const writeNext = compileReads(true, [...path, next]);
  return function writeAround(value, depth, written) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return whole(value, depth, written);
    written.measure.value(value, depth);
    const texts: string[] = [];
    for (const name of Object.keys(value)) {
      const member = (value as JsonObject)[name];
      const text = name === next ? writeNext(member, depth + 1, written) : JSON.stringify(member);
      if (text !== undefined && text !== "") texts.push(`${JSON.stringify(name)}:${text}`);
    }
    return `{${texts.join(",")}}`;
  };
}

/** Digit by digit: a document's own number cannot hold today's nanoseconds. */
function nanoseconds(value: JsonValue | undefined, depth: number, written: Written): string {
  if (typeof value !== "number") return whole(value, depth, written);
  const { timeNs } = written.input;
  if (timeNs !== undefined) return timeNs;
  return Number.isSafeInteger(value) ? scalar(value) : (nanosecondsIn(written.input.text) ?? scalar(value));
}

function scalar(value: string | number | boolean | null | undefined): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value === true) return "true";
  if (value === false) return "false";
  if (value === null) return "null";
  return value === undefined ? "" : JSON.stringify(value);
}
