import { type Located, type Path, type Place, readYaml } from "../../lib/yaml-places.ts";
import type { Location } from "../failure.ts";
import type { SourceFile } from "../sources.ts";

/** One data file: what it holds, where in `data` that lies, and the way back to lines. */
export interface Fragment {
  readonly file: string;
  /** The folders of the file, which are the path in `data`. */
  readonly prefix: readonly string[];
  /** null when there are faults, and for an empty file. */
  readonly values: unknown;
  readonly faults: readonly Location[];
  /** The place of a path below `prefix`. */
  place(path: Path, at: "key" | "value"): Place;
}

export function readFragment({ path, bytes }: SourceFile): Fragment {
  const text = bytes.toString("utf8");
  const prefix = path.split("/").slice(0, -1);
  const values = path.endsWith(".json") ? plainJson(text) : undefined;
  if (values !== undefined) {
    // Only who asks for a place of JSON pays for parsing it as YAML, once: it takes a hundred times longer.
    let located: Located | null = null;
    const place: Fragment["place"] = (at, what) => (located ??= readYaml(text)).place(at, what);
    return { file: path, prefix, values, faults: [], place };
  }
  return yamlFragment(path, prefix, text);
}

function yamlFragment(path: string, prefix: readonly string[], text: string): Fragment {
  const located = read(path, text);
  if ("message" in located) return { file: path, prefix, values: null, faults: [located], place: () => start };
  const faults = located.faults.map(({ place, message }) => ({ file: path, ...place, message }));
  return { file: path, prefix, values: located.values, faults, place: located.place };
}

const start: Place = { line: 1, column: 1 };

/** @returns a fault for what YAML forgives and JSON does not, and for aliases that would unfold without end */
function read(path: string, text: string): Located | Location {
  try {
    const located = readYaml(text, { merge: true });
    if (path.endsWith(".json") && located.faults.length === 0) JSON.parse(text);
    return located;
  } catch (error) {
    return { file: path, ...start, message: (error as Error).message };
  }
}

/** The value of JSON in which every name of an object is there once; undefined for any other text. */
function plainJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  // In JSON that parses, a string before a colon is a member's name and nothing else is.
  const written = text.match(/"(?:[^"\\]|\\.)*"(?:\s*:)?/g)?.filter((part) => part.endsWith(":")).length ?? 0;
  return written === membersOf(value) ? value : undefined;
}

function membersOf(value: unknown): number {
  let members = 0;
  const open = [value];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== "object" || next === null) continue;
    const inner = Object.values(next);
    if (!Array.isArray(next)) members += inner.length;
    open.push(...inner);
  }
  return members;
}
