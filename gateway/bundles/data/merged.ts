import { dotted } from "../../lib/schema-findings.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { Location } from "../failure.ts";
import type { Fragment } from "./fragment.ts";

/** What all files together say of a path of `data`; undefined when nothing. */
export function mergedAt(fragments: readonly Fragment[], path: readonly string[]): unknown {
  return fragments.reduce<unknown>((merged, fragment) => merge(merged, valueAt(fragment, path)), undefined);
}

/** A location of the path below `data`, in the file; `at` says whether the name or the value is meant. */
export function problem(fragment: Fragment, path: Path, at: Finding["at"], message: string): Location {
  const within = path.slice(fragment.prefix.length);
  const key = dotted(within);
  return { file: fragment.file, ...fragment.place(within, at), message: key === "" ? message : `${key}: ${message}` };
}

/** The file that has the most of the path. */
export function ownerOf(fragments: readonly Fragment[], path: Path): Fragment {
  const depths = fragments.map((fragment) => depthIn(fragment, path));
  return fragments[depths.indexOf(Math.max(...depths))] as Fragment;
}

function depthIn({ prefix, values }: Fragment, path: Path): number {
  const shared = prefix.findIndex((step, index) => step !== path[index]);
  if (shared !== -1) return shared >= path.length ? path.length : -1;
  let [depth, value] = [prefix.length, values];
  for (const step of path.slice(prefix.length)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) break;
    value = (value as Record<string | number, unknown>)[step];
    depth += 1;
  }
  return depth;
}

/** Names that the file maps below the path; the name of its folder when it lies deeper. */
export function keysAt(fragment: Fragment, path: readonly string[]): string[] {
  const value = valueAt(fragment, path);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/** What the file says of a path of `data`; undefined when nothing. */
function valueAt({ prefix, values }: Fragment, path: readonly string[]): unknown {
  if (prefix.some((step, index) => index < path.length && step !== path[index])) return undefined;
  // The file lies below the path: its value in the mappings that its folders are.
  if (prefix.length > path.length)
    return prefix.slice(path.length).reduceRight<unknown>((below, step) => ({ [step]: below }), values ?? {});
  let value: unknown = values ?? undefined;
  for (const step of path.slice(prefix.length)) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
}

/** As OPA merges files: mappings into each other; what else is there twice OPA refuses. */
function merge(into: unknown, from: unknown): unknown {
  if (!isMapping(into) || !isMapping(from)) return from === undefined ? into : from;
  const merged = Object.assign(Object.create(null) as Record<string, unknown>, into);
  for (const [key, value] of Object.entries(from)) merged[key] = merge(merged[key], value);
  return merged;
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
