import type { DecisionRecord } from "../../domain/decision-record.ts";
import type { OpaTarget, ShipSender } from "../../domain/shipping.ts";
import type { Destination, Sent } from "./destination.ts";
import type { Batch } from "../log-reader.ts";
import { assertDelivered, firstTaken, isTooLarge, poster, type ReceiverDeps, type Reply, zipped } from "./receiver.ts";
import { opaEvent } from "../formats/opa-event.ts";
import type { JsonObject } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";

const isDecision = /^\{"seq":\d+,"kind":"decision",/;
/** Events are JSON text of some KB each: what one compressed byte stands for, until a chunk has shown it. */
const FIRST_RATIO = 4;

interface Packed {
  readonly events: readonly DecisionRecord[];
  /** Lines up to the one after the last event. */
  readonly lines: number;
  readonly body: Buffer;
}

/**
 * OPA's decision log API (https://www.openpolicyagent.org/docs/management-decision-logs): a gzip JSON array of events in chunks of a
 * limited size. Decisions alone are sent: a receiver keeps one event for each `decision_id`.
 */
export class DecisionLogs implements Destination {
  readonly batchBytes = 1024 * 1024;
  readonly #post: (body: Buffer, signal: AbortSignal) => Promise<Reply>;
  readonly #deps: ReceiverDeps;
  readonly #sender: ShipSender;
  /** Most bytes of a compressed chunk; less after a receiver has said that so many are too many. */
  #chunkBytes: number;
  /** Bytes of JSON text for each compressed one. */
  #ratio = FIRST_RATIO;

  constructor(target: OpaTarget, sender: ShipSender, deps: ReceiverDeps) {
    this.#post = poster(target, deps);
    this.#deps = deps;
    this.#sender = sender;
    this.#chunkBytes = target.chunkBytes;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Sent> {
    for (;;) {
      const { events, lines, body } = await this.#pack(batch);
      if (events.length === 0) return { lines, reduced: 0 };
      const reply = await this.#post(body, signal);
      if (isTooLarge(reply) && events.length > 1) {
        this.#chunkBytes = Math.floor(body.length / 2);
        continue;
      }
      const reduced = isTooLarge(reply) ? 1 : 0;
      if (reduced === 1) await this.#sendReduced(events[0] as DecisionRecord, signal);
      else assertDelivered(reply, this.#deps.clock);
      return { lines, reduced };
    }
  }

  async #sendReduced(record: DecisionRecord, signal: AbortSignal): Promise<void> {
    const send = async (less: JsonObject): Promise<Reply> => this.#post(await this.#bodyOf([less]), signal);
    assertDelivered(await firstTaken(record as unknown as JsonObject, send), this.#deps.clock);
  }

  /** As many events as fit into a chunk, at least one. */
  async #pack(batch: Batch): Promise<Packed> {
    for (let room = this.#chunkBytes * this.#ratio; ; room = room * 0.75) {
      const { events, count, size } = taken(batch.whole(), Math.min(room, this.batchBytes));
      const body = events.length === 0 ? Buffer.alloc(0) : await this.#bodyOf(events);
      if (events.length > 1 && body.length > this.#chunkBytes) continue;
      if (events.length > 0) this.#ratio = Math.max(1, size / body.length);
      return { events, lines: count, body };
    }
  }

  #bodyOf(events: readonly Partial<DecisionRecord>[]): Promise<Buffer> {
    return zipped(JSON.stringify(events.map((record) => opaEvent(record, this.#sender))));
  }
}

/** Decisions from the begin of the lines, about so many characters of them and at least one. */
function taken(lines: Iterable<string>, room: number): { events: DecisionRecord[]; count: number; size: number } {
  const events: DecisionRecord[] = [];
  let size = 0;
  let count = 0;
  for (const line of lines) {
    const record = isDecision.test(line) ? recordOf(line) : null;
    if (record !== null && events.length > 0 && size + line.length > room) break;
    if (record !== null) {
      events.push(record);
      size += line.length;
    }
    count += 1;
  }
  return { events, count, size };
}

/** Null for a line that somebody else has written into the log. */
function recordOf(line: string): DecisionRecord | null {
  try {
    return parseJson(line) as DecisionRecord;
  } catch {
    return null;
  }
}
