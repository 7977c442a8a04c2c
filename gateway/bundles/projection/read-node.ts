import type { ReadTree } from "../../domain/projection.ts";

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
