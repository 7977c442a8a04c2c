import { calledOffMs } from "../domain/counted-call.ts";
import { Refusal } from "../domain/errors.ts";
import type { Clock } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import {
  type AnswerMessage,
  idKey,
  type MessageId,
  type NotificationMessage,
  type RequestMessage,
} from "./messages.ts";

/** A client, as the tool server's side sees it: a session, or one request of a client that has none. */
export interface Member {
  /** What it declared that it can do. */
  readonly capabilities: JsonObject;
  /** A message of the tool server that is no answer. `about`: the request that it belongs to, where that is known. */
  tell(message: NotificationMessage | RequestMessage, about: Pending | null): void;
  /** The server has ended, and what it was asked has failed. */
  ended?(): void;
}

/** A request that the tool server has not answered. */
export interface Pending {
  /** Null for one of the bridge itself. */
  readonly member: Member | null;
  /** As its client wrote it. */
  readonly id: MessageId;
  readonly progressToken: MessageId | undefined;
  /** Called once with the answer, under the client's id; or with why there will be none. */
  readonly answered: (answer: AnswerMessage) => void;
  readonly failed: (refusal: Refusal) => void;
}

interface Entry {
  readonly pending: Pending;
  /** When it was called off, on the monotonic clock: the server may answer, and ask, all the same. */
  calledOffAt: number | null;
  /** Whether whoever asked still hears of its answer. */
  isHeard: boolean;
}

/** How long a request that was called off may still be what the server asks about, in milliseconds. */
const afterthoughtMs = 60_000;

/** Requests by the ids under which the tool server knows them. No id is given twice. */
export class PendingRequests {
  readonly #entries = new Map<number, Entry>();
  readonly #clock: Pick<Clock, "monotonic">;
  #next = 1;
  #awaited = 0;

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** Those that somebody waits for. */
  get size(): number {
    return this.#awaited;
  }

  /** Whether there are so many, or, with those that were called off, ten times as many. */
  isFull(most: number): boolean {
    if (this.#entries.size >= most) this.#forget();
    return this.#awaited >= most || this.#entries.size >= 10 * most;
  }

  add(pending: Pending): number {
    const id = this.#next++;
    this.#entries.set(id, { pending, calledOffAt: null, isHeard: true });
    this.#awaited += 1;
    return id;
  }

  get(id: MessageId): Pending | null {
    return this.#entries.get(id as number)?.pending ?? null;
  }

  /** The request that an answer belongs to, which is then no more awaited; null when there is none. */
  take(id: MessageId): { readonly pending: Pending; readonly isHeard: boolean } | null {
    const entry = this.#entries.get(id as number);
    if (entry === undefined) return null;
    this.#entries.delete(id as number);
    if (entry.calledOffAt === null) this.#awaited -= 1;
    return { pending: entry.pending, isHeard: entry.isHeard };
  }

  /** The id under which the server knows a client's request; null when it knows none. */
  idOf(member: Member, id: MessageId): number | null {
    const key = idKey(id);
    for (const [own, { pending, calledOffAt }] of this.#entries)
      if (pending.member === member && idKey(pending.id) === key && calledOffAt === null) return own;
    return null;
  }

  /** Many servers answer nothing then; whoever asked still hears of an answer within `ms`. */
  callOff(id: number, ms = calledOffMs): void {
    this.#callOff(id);
    setTimeout(() => this.giveUp(id)?.failed(new Refusal("call_cancelled")), ms).unref();
  }

  #callOff(id: number): void {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.calledOffAt !== null) return;
    entry.calledOffAt = this.#clock.monotonic();
    this.#awaited -= 1;
  }

  /** From now on nobody hears of the answer. Null: there is nobody who would. */
  giveUp(id: number): Pending | null {
    const entry = this.#entries.get(id);
    if (entry?.isHeard !== true) return null;
    entry.isHeard = false;
    return entry.pending;
  }

  /** The client is gone: nobody waits for its answers. @returns ids that were not called off before */
  leave(member: Member): number[] {
    const left: number[] = [];
    for (const [id, { pending, calledOffAt }] of this.#entries)
      if (pending.member === member && calledOffAt === null) left.push(id);
    for (const id of left) this.#callOff(id);
    for (const [id, { pending }] of this.#entries) if (pending.member === member) this.giveUp(id);
    return left;
  }

  /**
   * The one client that the server can mean by a message which names no request, and its latest request; null when it could mean
   * several. `isOnes`: they are all one person's; otherwise what was called off a moment ago counts, since a server that goes on with
   * it must not ask another.
   */
  meant(isOnes: boolean): { readonly member: Member; readonly about: Pending | null } | "several" | "none" {
    let member: Member | null = null;
    let about: Pending | null = null;
    this.#forget();
    for (const { pending, calledOffAt } of this.#entries.values()) {
      if (pending.member === null || (isOnes && calledOffAt !== null)) continue;
      if (member !== null && member !== pending.member) return "several";
      member = pending.member;
      if (calledOffAt === null) about = pending;
    }
    return member === null ? "none" : { member, about };
  }

  /** All of which somebody hears; none is awaited from then on. */
  clear(): Pending[] {
    const all = [...this.#entries.values()].filter(({ isHeard }) => isHeard);
    this.#entries.clear();
    this.#awaited = 0;
    return all.map(({ pending }) => pending);
  }

  /** What was called off long ago. */
  #forget(): void {
    const before = this.#clock.monotonic() - afterthoughtMs;
    for (const [id, { calledOffAt }] of this.#entries)
      if (calledOffAt !== null && calledOffAt < before) this.#entries.delete(id);
  }
}
