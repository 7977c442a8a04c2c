/**
 * The direction of imports. Floor 3 wires, floor 2 is the path, floor 1 are the rooms, floor 0 are the words, and below
 * them lib/ has general helpers that know no word of the domain.
 * A room knows itself and the words; it never knows its neighbour.
 */
import { posix } from "node:path";
import { computed, importsOf, type Import } from "./syntax.ts";
import type { SourceFile } from "./tree.ts";

const rooms = [
  "parse",
  "identify",
  "gather",
  "decide",
  "act",
  "approvals",
  "authzen",
  "bundles",
  "record",
  "store",
  "config",
  "console",
];

/** Files of the top floor beside cli/: they may know everything. */
const wiring = new Set(["main.ts", "compose.ts", "serve.ts"]);

/** Functions of Node that are pure: no I/O, no clock, no chance. */
const pure = new Map([["node:crypto", new Set(["hash"])]]);

interface Place {
  readonly floor: -1 | 0 | 1 | 2 | 3;
  readonly room: string;
}

/** Null for files outside the gateway; an unknown folder is a room that nobody has placed. */
function placeOf(path: string): Place | "unplaced" | null {
  const [top, second, ...rest] = path.split("/");
  if (top !== "gateway" || second === undefined) return null;
  if (rest.length === 0) return { floor: wiring.has(second) ? 3 : 2, room: "" };
  if (second === "cli" || second === "compose") return { floor: 3, room: second };
  if (second === "domain") return { floor: 0, room: second };
  if (second === "lib") return { floor: -1, room: second };
  return rooms.includes(second) ? { floor: 1, room: second } : "unplaced";
}

export function floorProblems(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => /\.tsx?$/.test(file.path))
    .flatMap((file) =>
      importsOf(file).flatMap((one) => problemOf(file.path, one).map((text) => `${file.path}:${one.line} ${text}`)),
    );
}

function problemOf(path: string, one: Import): string[] {
  const here = placeOf(path);
  if (here === "unplaced") return [`is in a folder of gateway/ that has no floor`];
  if (here === null) return outsideProblem(path, one);
  if (one.specifier === computed) return [`imports ${computed}: a guard cannot see what`];
  if (!one.specifier.startsWith(".")) return here.floor === 0 ? domainProblem(one) : [];
  const target = posix.join(posix.dirname(path), one.specifier);
  const there = placeOf(target);
  if (target === "package.json") return [];
  if (there === null || there === "unplaced") return [`imports ${target}, which is not part of the gateway`];
  if (there.floor > here.floor) return [`imports ${target} from a floor above`];
  const isNeighbour = here.floor === 1 && there.floor === 1 && here.room !== there.room;
  return isNeighbour ? [`imports its neighbour ${target}; meet through domain/ports.ts`] : [];
}

/** The words have no I/O and no clock: of Node they may take types, and what is pure. */
function domainProblem(one: Import): string[] {
  const isNode = one.specifier.startsWith("node:");
  if (isNode && one.typeOnly) return [];
  const allowed = pure.get(one.specifier);
  if (allowed !== undefined && one.names.length > 0 && one.names.every((name) => allowed.has(name))) return [];
  return [`imports ${one.specifier}; domain/ imports nothing but itself and types of Node`];
}

/** The console is built for browsers: what it shares with the gateway is types. */
function outsideProblem(path: string, one: Import): string[] {
  if (!path.startsWith("console/") || !one.specifier.startsWith(".")) return [];
  const target = posix.join(posix.dirname(path), one.specifier);
  return target.startsWith("gateway/") && !one.typeOnly ? [`imports ${target} at run time; only its types`] : [];
}
