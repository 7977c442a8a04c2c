import { type AnswerMessage, idKey, type MessageId, progressTokenOf, type RequestMessage } from "./messages.ts";
import type { Member } from "./pending.ts";

/** What a client has to have declared before it is asked. */
export const capabilityOf: Readonly<Record<string, string>> = {
  "sampling/createMessage": "sampling",
  "elicitation/create": "elicitation",
  "roots/list": "roots",
};

interface Asked {
  /** As the server wrote it. */
  readonly serverId: MessageId;
  readonly member: Member;
  readonly progressToken: MessageId | undefined;
}

/** Requests of a tool server that its clients have not answered, by the ids under which clients know them. */
export class AskedRequests {
  readonly #asked = new Map<number, Asked>();
  /** Never the same twice, also after a restart of the server. */
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  get size(): number {
    return this.#asked.size;
  }

  /** The request as this client gets it. */
  add(message: RequestMessage, member: Member): RequestMessage {
    const id = this.#next();
    this.#asked.set(id, { serverId: message.id, member, progressToken: progressTokenOf(message) });
    return { ...message, id };
  }

  /** A client's answer as the server gets it; null when the client was not asked. */
  answered(message: AnswerMessage, member: Member): AnswerMessage | null {
    const id = idKey(message.id) as number;
    const asked = this.#asked.get(id);
    if (asked?.member !== member) return null;
    this.#asked.delete(id);
    return { ...message, id: asked.serverId };
  }

  /** Whether this client was asked for something under that token. */
  hasToken(member: Member, token: unknown): boolean {
    return [...this.#asked.values()].some((one) => one.member === member && one.progressToken === token);
  }

  /** The server takes a request back. Null when nobody was asked. */
  takeBack(serverId: MessageId): { readonly member: Member; readonly id: number } | null {
    for (const [id, asked] of this.#asked) {
      if (asked.serverId !== serverId) continue;
      this.#asked.delete(id);
      return { member: asked.member, id };
    }
    return null;
  }

  /** A client has left. @returns the ids, as the server wrote them, that it leaves unanswered */
  leave(member: Member): MessageId[] {
    const left = [...this.#asked].filter(([, asked]) => asked.member === member);
    for (const [id] of left) this.#asked.delete(id);
    return left.map(([, { serverId }]) => serverId);
  }

  /** The server has ended: nobody has to answer any more. */
  clear(): { readonly member: Member; readonly id: number }[] {
    const all = [...this.#asked].map(([id, { member }]) => ({ id, member }));
    this.#asked.clear();
    return all;
  }
}
