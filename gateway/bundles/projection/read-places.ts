import type { DataStep, ReadTree } from "../../domain/projection.ts";
import type { Operand } from "./plan.ts";

interface Assigned {
  readonly before: Origin;
  /** Any of what the block assigned so far. */
  any: Origin;
}

/**
 * What each local may be at one point of a function. The compiler gives one local to different variables in different
 * blocks, so order counts: an assignment replaces what was there before, and behind a block that may have ended anywhere
 * a local is what it was before or any of what the block assigned.
 */
export class Locals {
  readonly #now: Map<number, Origin>;
  #block: Map<number, Assigned> = new Map();

  constructor(params: Iterable<readonly [number, Origin]>) {
    this.#now = new Map(params);
  }

  get(local: number): Origin {
    return this.#now.get(local) ?? elsewhere;
  }

  set(local: number, origin: Origin): void {
    const assigned = this.#block.get(local);
    if (assigned === undefined) this.#block.set(local, { before: this.get(local), any: origin });
    else assigned.any = either(assigned.any, origin);
    this.#now.set(local, origin);
  }

  /** Runs a nested block, which may end anywhere; true when a local may be more than before. */
  nested(run: () => void): boolean {
    const outer = this.#block;
    const inner = (this.#block = new Map<number, Assigned>());
    run();
    this.#block = outer;
    let grew = false;
    for (const [local, { before, any }] of inner) {
      const joined = either(before, any);
      grew ||= joined !== before;
      this.#now.set(local, before);
      this.set(local, joined);
    }
    return grew;
  }
}

export function originOf(from: Operand | number | undefined, locals: Locals): Origin {
  if (typeof from === "number") return locals.get(from);
  return from?.type === "local" ? locals.get(from.value) : elsewhere;
}

/** What of the input, or of the data, a local may be. */
export interface Origin {
  readonly places: ReadonlySet<ReadNode>;
  /** It is one of the places for sure; false: it may also be something that is no part of the input. */
  readonly sure: boolean;
  /** The path of the data that it is for sure; null when it is, or may be, something else. */
  readonly data: readonly DataStep[] | null;
}

export const elsewhere: Origin = { places: new Set(), sure: false, data: null };

export function at(places: Iterable<ReadNode>, sure: boolean): Origin {
  return { places: new Set(places), sure, data: null };
}

export function ofData(data: readonly DataStep[]): Origin {
  return { places: new Set(), sure: false, data };
}

/** Either of the two; the first object itself when the second adds nothing. */
export function either(known: Origin, more: Origin): Origin {
  const sure = known.sure && more.sure;
  const data = JSON.stringify(known.data) === JSON.stringify(more.data) ? known.data : null;
  let grows = sure !== known.sure || data !== known.data;
  for (const place of more.places) grows ||= !known.places.has(place);
  return grows ? { places: new Set([...known.places, ...more.places]), sure, data } : known;
}

export function take(origin: Origin): void {
  for (const place of origin.places) place.takeWhole();
}

export function memberOf(origin: Origin, name: string): Origin {
  return at(
    [...origin.places].map((place) => place.member(name)),
    origin.sure,
  );
}

/** The path of the one place it is for sure. */
export function pathOf({ places, sure }: Origin): readonly string[] | null {
  const [only] = places;
  return sure && places.size === 1 && only !== undefined ? only.path : null;
}

/** Deeper reads are taken as reads of the whole subtree; flows that feed themselves end here. */
const DEEPEST = 24;

/** Under which conditions what is read now is read; all nodes of a tree look at the same one. */
export interface Reading {
  guard: string;
}

/** Whether what is read under one of `guards` at `path` belongs to a tree. */
export type Under = (guards: ReadonlySet<string>, path: readonly string[]) => boolean;

/** One place of the input, with the guards that it is looked at, and taken whole, under. */
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

  /** Where it is; null when it also stands for what lies below. */
  get path(): readonly string[] | null {
    return this.#path.length >= DEEPEST ? null : this.#path;
  }

  /** Everything below counts as read. */
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

  /** Every guard that something is read under, here or below. */
  guards(found = new Set<string>()): Set<string> {
    for (const guard of [...this.#looked, ...this.#whole]) found.add(guard);
    for (const member of this.#members.values()) member.guards(found);
    return found;
  }

  /** What `under` chooses; null for nothing. */
  tree(under: Under): ReadTree | null {
    if (under(this.#whole, this.#path)) return true;
    // Without a prototype, so that any name is a member like others.
    const tree = Object.create(null) as Record<string, ReadTree>;
    for (const [name, member] of [...this.#members].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const below = member.tree(under);
      if (below !== null) tree[name] = below;
    }
    return under(this.#looked, this.#path) || Object.keys(tree).length > 0 ? tree : null;
  }
}
