import { isInterned, type JsonObject, type JsonValue, pointerSteps } from "../../lib/json.ts";
import type { Condition, Projection, ReadTree } from "../../domain/ports.ts";

/** The parts of a document that an answer depends on, in a form for comparisons; "whole" stands for an entire value. */
export type Footprint = "whole" | readonly (readonly [name: string, below: Footprint])[];

/** Length of the longest list that is compared item by item. */
const MOST_ITEMS = 64;

/** The paths by which a projection chooses what it sends. */
export function choiceOf({ dispatched, guarded }: Projection): ReadTree {
  const paths = [...dispatched.flatMap(({ by }) => by), ...guarded.flatMap(({ when }) => when.flatMap(pathsOf))];
  return paths.reduce<ReadTree>((tree, path) => mergeTrees(tree, pathTree(path)), {});
}

function pathsOf(condition: Condition): readonly (readonly string[])[] {
  if ("at" in condition) return [condition.at];
  return condition.data.filter((step): step is readonly string[] => typeof step === "object" && step !== null);
}

function pathTree(path: readonly string[]): ReadTree {
  return path.reduceRight<ReadTree>((below, name) => ({ [name]: below }), true);
}

/** As the projection, with what is at these JSON pointers (RFC 6901) always; of a list, all of it. */
export function withPointers(projection: Projection, pointers: readonly string[]): Projection {
  const always = pointers.reduce<ReadTree>((tree, pointer) => {
    const steps = pointerSteps(pointer);
    const index = steps.findIndex((step) => Number.isInteger(Number(step)));
    return mergeTrees(tree, pathTree(index === -1 ? steps : steps.slice(0, index)));
  }, projection.always);
  return { ...projection, always };
}

/** The footprint of what is read. Null when the time is read, which always differs, or a name that all objects inherit. */
export function footprintOf(reads: ReadTree, path: readonly string[] = []): Footprint | null {
  if (["context", "context/time", "context/time/ns"].includes(path.join("/")) && reads === true) return null;
  if (reads === true) return path.length === 0 ? null : "whole";
  const members: (readonly [string, Footprint])[] = [];
  for (const name of Object.keys(reads)) {
    const at = [...path, name];
    const below = name in Object.prototype ? null : footprintOf(reads[name] as ReadTree, at);
    if (below === null || at.join("/") === "context/time/ns") return null;
    members.push([name, below]);
  }
  return members;
}

/** Whether two documents agree in everything that the footprint names. False means "not proven", not "different". */
export function sameFootprint(footprint: Footprint, one: JsonValue | undefined, other: JsonValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other))
    return Array.isArray(one) && Array.isArray(other) && (footprint !== "whole" || sameItems(one, other));
  if (footprint === "whole") return false;
  for (const [name, below] of footprint)
    if (!sameFootprint(below, (one as JsonObject)[name], (other as JsonObject)[name])) return false;
  return true;
}

function sameItems(one: readonly JsonValue[], other: readonly JsonValue[]): boolean {
  if (one.length !== other.length || one.length > MOST_ITEMS) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}

/** A copy of the compared parts of the document; undefined when no other document could be proven equal to it. */
export function traceOf(footprint: Footprint, value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value !== "object" || value === null || isInterned(value)) return value;
  if (Array.isArray(value)) return footprint === "whole" ? plainItems(value) : [];
  if (footprint === "whole") return undefined;
  const trace: Record<string, JsonValue> = {};
  for (const [name, below] of footprint) {
    const member = (value as JsonObject)[name];
    if (member === undefined) continue;
    const traced = traceOf(below, member);
    if (traced === undefined) return undefined;
    trace[name] = traced;
  }
  return trace;
}

function plainItems(items: readonly JsonValue[]): JsonValue | undefined {
  const plain = items.length <= MOST_ITEMS && items.every((item) => typeof item !== "object" || item === null);
  return plain ? [...items] : undefined;
}

/** The union of two trees. */
export function mergeTrees(one: ReadTree, other: ReadTree): ReadTree {
  if (one === true || other === true) return true;
  const merged = Object.assign(Object.create(null), one) as Record<string, ReadTree>;
  for (const name of Object.keys(other)) {
    const [known, more] = [merged[name], other[name] as ReadTree];
    merged[name] = known === undefined ? more : mergeTrees(known, more);
  }
  return merged;
}
