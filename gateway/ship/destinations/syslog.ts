import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../domain/ports.ts";
import type { ShipSender, SyslogTarget } from "../../domain/shipping.ts";
import { assertOrigin, checkedLookup } from "../../net/addresses.ts";
import { type JsonObject, objectIn } from "../../lib/json.ts";
import { type FormatLine, formatter } from "../formats/format.ts";
import { reductions } from "../formats/reduced.ts";
import { syslogMessage } from "../formats/syslog-message.ts";
import type { Batch } from "../log-reader.ts";
import { type Destination, recordsWithin, type Sent } from "./destination.ts";
import type { ReceiverDeps } from "./receiver.ts";

/**
 * From the last byte to the end of this side. A receiver that ends its side unread has said so by then: it has at least as long as the
 * connection and the bytes took.
 */
const PAUSE_MS = { least: 50, most: 1_000 };

/**
 * Syslog (RFC 5424) over TCP (RFC 6587 §3.4.1, octet counting) or TLS (RFC 5425). The protocol has no answer that says that messages
 * arrived. So each batch has a connection, whose end the receiver acknowledges: it closes its side after it has read all. A connection
 * that breaks, or whose other side ends before this one, is sent again.
 */
export class Syslog implements Destination {
  readonly batchBytes = 256 * 1024;
  readonly #target: SyslogTarget;
  readonly #sender: ShipSender;
  readonly #format: FormatLine;
  readonly #clock: Clock;

  constructor(target: SyslogTarget, sender: ShipSender, { clock }: Pick<ReceiverDeps, "clock">) {
    this.#target = target;
    this.#sender = sender;
    this.#format = formatter(target.format, sender);
    this.#clock = clock;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Sent> {
    const lines = recordsWithin(batch, this.batchBytes);
    const messages = lines.map((line) => this.#fitting(line)).filter((message) => message !== null);
    const frames = messages.map(({ text }) => `${text.length} ${text}`);
    if (frames.length > 0) await this.#deliver(Buffer.from(frames.join("")), signal);
    return { lines: lines.length, reduced: messages.filter(({ isReduced }) => isReduced).length };
  }

  /**
   * A receiver cuts a message that is too large for it, or ends each connection on which it comes; it answers neither. So less of such a
   * record is sent. Null: the format has no word for it.
   */
  #fitting(line: string): { readonly text: string; readonly isReduced: boolean } | null {
    const record = objectIn(line);
    const whole = record === null ? null : this.#message(record, line);
    if (record === null || whole === null) return null;
    let text = whole;
    for (const reduce of reductions) {
      if (text.length <= this.#target.mostBytes) break;
      const less = reduce(record);
      text = this.#message(less, JSON.stringify(less)) ?? text;
    }
    return { text, isReduced: text !== whole };
  }

  /** ASCII: as many bytes as characters. */
  #message(record: JsonObject, line: string): string | null {
    const text = this.#format(line);
    return text === null ? null : syslogMessage(record, text, this.#sender, this.#target.facility);
  }

  #deliver(bytes: Buffer, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const began = this.#clock.monotonic();
      const socket = this.#connect();
      const abort = (): void => void socket.destroy(signal.reason as Error);
      signal.addEventListener("abort", abort, { once: true });
      let isEnding = false;
      let isTaken = false;
      socket.on("error", reject);
      socket.on("end", () => (isTaken = isEnding));
      // The receiver may answer; nobody reads it.
      socket.resume();
      socket.on("close", () => {
        signal.removeEventListener("abort", abort);
        if (isTaken && socket.writableFinished) resolve();
        else reject(new Error("the connection ended before all messages were sent"));
      });
      const end = (): void => {
        isEnding = true;
        socket.end();
      };
      socket.write(bytes, (failure) => {
        // What has failed is over: the socket says so itself.
        if (!(failure instanceof Error)) afterPause(this.#clock.monotonic() - began, end);
      });
    });
  }

  #connect(): Socket {
    const { host, port, tls, addresses } = this.#target;
    assertOrigin(`tcp://${isIP(host) === 6 ? `[${host}]` : host}`, addresses);
    const place = { host, port, lookup: checkedLookup(addresses) };
    if (tls === null) return connect(place);
    return connectTls({
      ...place,
      ...(isIP(host) === 0 && { servername: host }),
      ...(tls.caFile !== null && { ca: readFileSync(tls.caFile) }),
      ...(tls.client !== null && { cert: readFileSync(tls.client.certFile), key: readFileSync(tls.client.keyFile) }),
    });
  }
}

/** Calls when what arrived during the pause was read: not in the turn of the event loop in which the time was over. */
function afterPause(tookMs: number, then: () => void): void {
  const { least, most } = PAUSE_MS;
  setTimeout(() => setImmediate(then), Math.min(most, Math.max(least, tookMs)));
}
