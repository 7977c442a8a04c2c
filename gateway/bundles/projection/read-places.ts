import type { DataStep, ReadTree } from "../../domain/ports.ts";
import type { Operand } from "./plan.ts";

interface Assigned {
  readonly before: Origin;
  /** Union of what the block assigned so far. */
  any: Origin;
}

/**
 * The possible origins of each local at one point of a function. The compiler reuses a local for different variables, so
 * order counts: an assignment replaces the previous origin, and after a block, which may have ended anywhere, a local has its
 * previous origin or any that the block assigned.
 */
export class Locals {
  readonly #now: Map<number, Origin>;
  #block: Map<number, Assigned> = new Map();

  constructor(params: Iterable<readonly [number, Origin]>) {
    this.#now = new Map(params);
  }

  get(local: number): Origin {
    return this.#now.get(local) ?? unknownOrigin;
  }

  set(local: number, origin: Origin): void {
    const assigned = this.#block.get(local);
    if (assigned === undefined) this.#block.set(local, { before: this.get(local), any: origin });
    else assigned.any = union(assigned.any, origin);
    this.#now.set(local, origin);
  }

  /** Runs a nested block, which may end anywhere; true when a local has more possible origins than before. */
  nested(run: () => void): boolean {
    const outer = this.#block;
    const inner = (this.#block = new Map<number, Assigned>());
    run();
    this.#block = outer;
    let grew = false;
    for (const [local, { before, any }] of inner) {
      const joined = union(before, any);
      grew ||= joined !== before;
      this.#now.set(local, before);
      this.set(local, joined);
    }
    return grew;
  }
}

export function originOf(from: Operand | number | undefined, locals: Locals): Origin {
  if (typeof from === "number") return locals.get(from);
  return from?.type === "local" ? locals.get(from.value) : unknownOrigin;
}

/** Where in the input or the data the value of a local may come from. */
export interface Origin {
  readonly places: ReadonlySet<ReadNode>;
  /** true: the value is at one of the places. false: it may also come from elsewhere. */
  readonly sure: boolean;
  /** The data path that the value certainly is; null when it is or may be something else. */
  readonly data: readonly DataStep[] | null;
}

export const unknownOrigin: Origin = { places: new Set(), sure: false, data: null };

export function inputOrigin(places: Iterable<ReadNode>, sure: boolean): Origin {
  return { places: new Set(places), sure, data: null };
}

export function dataOrigin(data: readonly DataStep[]): Origin {
  return { places: new Set(), sure: false, data };
}

/** The union of two origins; the first object itself when the second adds nothing. */
export function union(known: Origin, more: Origin): Origin {
  const sure = known.sure && more.sure;
  const data = JSON.stringify(known.data) === JSON.stringify(more.data) ? known.data : null;
  let grows = sure !== known.sure || data !== known.data;
  for (const place of more.places) grows ||= !known.places.has(place);
  return grows ? { places: new Set([...known.places, ...more.places]), sure, data } : known;
}

export function markRead(origin: Origin): void {
  for (const place of origin.places) place.takeWhole();
}

export function memberOf(origin: Origin, name: string): Origin {
  return inputOrigin(
    [...origin.places].map((place) => place.member(name)),
    origin.sure,
  );
}

/** The path of the one place where the value certainly is; null for any other origin. */
export function pathOf({ places, sure }: Origin): readonly string[] | null {
  const [only] = places;
  return sure && places.size === 1 && only !== undefined ? only.path : null;
}

/** Deeper reads count as reads of the whole subtree, so that recursive flows end. */
const MAX_DEPTH = 24;

/** The guard at the current point of the flow, shared by all nodes of a tree. */
export interface Reading {
  guard: string;
}

/** Whether reads at `path` under one of `guards` belong to a tree. */
export type GuardFilter = (guards: ReadonlySet<string>, path: readonly string[]) => boolean;

/** One place of the input, with the guards under which it is visited or read as a whole. */
export class ReadNode {
  readonly #reading: Reading;
  readonly #path: readonly string[];
  readonly #members = new Map<string, ReadNode>();
  readonly #looked = new Set<string>();
  readonly #whole = new Set<string>();

  constructor(reading: Reading, path: readonly string[] = []) {
    this.#reading = reading;
    this.#path = path;
  }

  /** The path of the place; null at the depth limit, where the node also stands for everything below. */
  get path(): readonly string[] | null {
    return this.#path.length >= MAX_DEPTH ? null : this.#path;
  }

  /** Everything below the place counts as read. */
  takeWhole(): void {
    this.#whole.add(this.#reading.guard);
  }

  member(name: string): ReadNode {
    if (this.path === null) return this;
    const member = this.#members.get(name) ?? new ReadNode(this.#reading, [...this.#path, name]);
    this.#members.set(name, member);
    (member.path === null ? member.#whole : member.#looked).add(this.#reading.guard);
    return member;
  }

  /** All guards under which something is read, here or below. */
  guards(found = new Set<string>()): Set<string> {
    for (const guard of [...this.#looked, ...this.#whole]) found.add(guard);
    for (const member of this.#members.values()) member.guards(found);
    return found;
  }

  /** The reads that `under` accepts; null for none. */
  tree(under: GuardFilter): ReadTree | null {
    if (under(this.#whole, this.#path)) return true;
    // Without a prototype, so that __proto__ is an ordinary name.
    const tree = Object.create(null) as Record<string, ReadTree>;
    for (const [name, member] of [...this.#members].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const below = member.tree(under);
      if (below !== null) tree[name] = below;
    }
    return under(this.#looked, this.#path) || Object.keys(tree).length > 0 ? tree : null;
  }
}
