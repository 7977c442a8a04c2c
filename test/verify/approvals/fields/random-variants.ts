import type { Random } from "../../check.ts";
import type { Variant, Written } from "./variants.ts";

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** A random call and one that differs from it in one random place: in an argument, a header, the query or a byte. */
export function randomVariant(random: Random): Variant {
  switch (random.below(6)) {
    case 0:
      return inHeader(random);
    case 1:
      return inQuery(random);
    case 2:
      return inBytes(random);
    default:
      return inArguments(random);
  }
}

function inArguments(random: Random): Variant {
  const tree = { args: treeOf(random, 3) };
  const other = changed(structuredClone(tree.args), random);
  const what = `arguments ${JSON.stringify(tree.args)} as ${JSON.stringify(other)}`;
  return { what, approved: { json: tree }, sent: { json: { args: other } } };
}

/** Of the tool's own, which nothing strips: what never reaches the tool changes nothing (see verify:wire, spoofed headers). */
function inHeader(random: Random): Variant {
  const headers = Object.fromEntries(
    Array.from({ length: 1 + random.below(3) }, () => [`toolnote${word(random)}`, word(random)]),
  );
  const name = random.pick(Object.keys(headers));
  const { [name]: value = "", ...rest } = headers;
  const other = random.chance(0.3) ? rest : { ...rest, [name]: `${value}${random.pick(["1", " b", "."])}` };
  return { what: `header ${name}: ${value}`, approved: { headers }, sent: { headers: other } };
}

function inQuery(random: Random): Variant {
  const pairs = Array.from({ length: 1 + random.below(3) }, (_, at) => [`${word(random)}${at}`, word(random)] as const);
  const at = random.below(pairs.length);
  const other = random.chance(0.3)
    ? pairs.toSpliced(at, 1)
    : pairs.with(at, [pairs[at]![0], `${pairs[at]![1]}${word(random)}`]);
  const path = (all: readonly (readonly [string, string])[]): Written => ({
    path: `/payments/v1/transfers${all.length === 0 ? "" : "?"}${all.map((pair) => pair.join("=")).join("&")}`,
  });
  return { what: `query ${path(pairs).path} as ${path(other).path}`, approved: path(pairs), sent: path(other) };
}

/** A body that nobody reads: any byte counts. */
function inBytes(random: Random): Variant {
  const note = Array.from({ length: 20 }, () => word(random)).join(" ");
  const at = random.below(note.length);
  const other = `${note.slice(0, at)}${note[at] === "q" ? "r" : "q"}${note.slice(at + 1)}`;
  const raw = (text: string): Written => ({
    path: "/raw/v1/transfers",
    text: JSON.stringify({ item: "ITEM", note: text }),
  });
  return { what: `byte ${at}`, approved: raw(note), sent: raw(other) };
}

function treeOf(random: Random, depth: number): Json {
  const kind = depth === 0 ? random.below(4) : random.below(6);
  switch (kind) {
    case 0:
      return random.below(1_000) / 100;
    case 1:
      return random.chance(0.5);
    case 2:
      return random.chance(0.2) ? null : word(random);
    case 3:
      return `${word(random)} ${random.pick(["\u00fc", "\u4e2d", "\ud83d\ude00", "-"])}`;
    case 4:
      return Array.from({ length: 1 + random.below(3) }, () => treeOf(random, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: 1 + random.below(3) }, (_, at) => [`${word(random)}${at}`, treeOf(random, depth - 1)]),
      );
  }
}

/** The same tree but for one place of it. */
function changed(tree: Json, random: Random): Json {
  if (Array.isArray(tree)) {
    if (random.chance(0.3)) return [...tree, null];
    const at = random.below(tree.length);
    return tree.with(at, changed(tree[at]!, random));
  }
  if (typeof tree === "object" && tree !== null) {
    const keys = Object.keys(tree);
    const key = random.pick(keys);
    if (random.chance(0.2)) return { ...tree, [`${key}x`]: 1 };
    if (random.chance(0.2)) return Object.fromEntries(Object.entries(tree).filter(([name]) => name !== key));
    return { ...tree, [key]: changed(tree[key]!, random) };
  }
  if (typeof tree === "number") return random.chance(0.5) ? tree + 1 : String(tree);
  if (typeof tree === "boolean") return !tree;
  if (tree === null) return "null";
  return random.chance(0.3) ? null : `${tree}${random.pick([" ", "\u200b", "x"])}`;
}

function word(random: Random): string {
  return Array.from({ length: 2 + random.below(5) }, () => "abcdefghijklmnop"[random.below(16)]).join("");
}
