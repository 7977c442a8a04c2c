import type { ReadTree } from "../../domain/projection.ts";

/** Deeper reads are taken as reads of the whole subtree; flows that feed themselves end here. */
const DEEPEST = 24;

/** One place of the input. That it exists says that it is looked at. */
export class ReadNode {
  readonly #path: readonly string[];
  readonly #members = new Map<string, ReadNode>();
  #whole = false;

  constructor(path: readonly string[] = []) {
    this.#path = path;
    this.#whole = path.length >= DEEPEST;
  }

  /** Where it is; null when it also stands for what lies below. */
  get path(): readonly string[] | null {
    return this.#path.length >= DEEPEST ? null : this.#path;
  }

  /** Everything below counts as read. */
  takeWhole(): void {
    this.#whole = true;
  }

  member(name: string): ReadNode {
    if (this.path === null) return this;
    const known = this.#members.get(name);
    if (known !== undefined) return known;
    const member = new ReadNode([...this.#path, name]);
    this.#members.set(name, member);
    return member;
  }

  tree(): ReadTree {
    if (this.#whole) return true;
    // Without a prototype, so that any name is a member like others.
    const tree = Object.create(null) as Record<string, ReadTree>;
    for (const [name, member] of [...this.#members].sort(([a], [b]) => (a < b ? -1 : 1))) tree[name] = member.tree();
    return tree;
  }
}
