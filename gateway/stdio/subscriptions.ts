import type { Member } from "./pending.ts";

/** Who wants to be told of which resources; the tool server has one subscription for all of them. */
export class Subscriptions {
  readonly #byUri = new Map<string, Set<Member>>();

  get size(): number {
    return this.#byUri.size;
  }

  add(uri: string, member: Member): void {
    const members = this.#byUri.get(uri) ?? new Set();
    this.#byUri.set(uri, members.add(member));
  }

  of(uri: string): readonly Member[] {
    return [...(this.#byUri.get(uri) ?? [])];
  }

  /** @returns whether nobody is subscribed any more */
  remove(uri: string, member: Member): boolean {
    const members = this.#byUri.get(uri);
    members?.delete(member);
    if (members !== undefined && members.size > 0) return false;
    this.#byUri.delete(uri);
    return true;
  }

  /** @returns the resources that nobody is subscribed to any more */
  leave(member: Member): string[] {
    return [...this.#byUri.keys()].filter(
      (uri) => this.#byUri.get(uri)?.has(member) === true && this.remove(uri, member),
    );
  }
}
