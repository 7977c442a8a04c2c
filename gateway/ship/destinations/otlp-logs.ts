import type { OtlpTarget, ShipSender } from "../../domain/shipping.ts";
import { type JsonObject, objectIn } from "../../lib/json.ts";
import { otlpLogs } from "../formats/otlp-record.ts";
import type { Batch } from "../log-reader.ts";
import { type Destination, recordsWithin, type Sent } from "./destination.ts";
import {
  assertDelivered,
  firstTaken,
  isTooLarge,
  poster,
  type ReceiverDeps,
  rejectedIn,
  type Reply,
  zipped,
} from "./receiver.ts";

/** OTLP/HTTP logs, JSON encoding (OTLP 1.7). What a receiver refuses of a request that it has taken is counted, and not sent again. */
export class OtlpLogs implements Destination {
  readonly batchBytes = 512 * 1024;
  readonly #post: (body: Buffer, signal: AbortSignal) => Promise<Reply>;
  readonly #deps: ReceiverDeps;
  readonly #sender: ShipSender;
  /** Lines of a request; less after a receiver has said that so many are too many. */
  #most = Infinity;

  constructor(target: OtlpTarget, sender: ShipSender, deps: ReceiverDeps) {
    this.#post = poster(target, deps);
    this.#deps = deps;
    this.#sender = sender;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Sent> {
    const lines = recordsWithin(batch, this.batchBytes, this.#most);
    const records = lines.map(objectIn).filter((record) => record !== null);
    if (records.length === 0) return { lines: lines.length, reduced: 0 };
    const reply = await this.#deliver(records, signal);
    if (!isTooLarge(reply)) return this.#taken(reply, lines.length, 0);
    if (lines.length > 1) {
      this.#most = Math.ceil(lines.length / 2);
      return this.send(batch, signal);
    }
    const less = await firstTaken(records[0] as JsonObject, (record) => this.#deliver([record], signal));
    return this.#taken(less, 1, 1);
  }

  async #deliver(records: readonly JsonObject[], signal: AbortSignal): Promise<Reply> {
    return this.#post(await zipped(JSON.stringify(otlpLogs(records, this.#sender, this.#deps.clock.now()))), signal);
  }

  #taken(reply: Reply, lines: number, reduced: number): Sent {
    assertDelivered(reply, this.#deps.clock);
    return { lines, reduced: Math.max(reduced, rejectedIn(reply, "rejectedLogRecords")) };
  }
}
