import { readFileSync } from "node:fs";
import { connect, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock } from "../../domain/ports.ts";
import type { ShipSender, SyslogTarget } from "../../domain/shipping.ts";
import { assertOrigin, checkedLookup } from "../../net/addresses.ts";
import { objectIn } from "../../lib/json.ts";
import { type FormatLine, formatter } from "../formats/format.ts";
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
    const frames = lines.flatMap((line) => this.#frame(line));
    if (frames.length > 0) await this.#deliver(Buffer.concat(frames), signal);
    return { lines: lines.length, reduced: 0 };
  }

  #frame(line: string): Buffer[] {
    const record = objectIn(line);
    const text = record === null ? null : this.#format(line);
    if (record === null || text === null) return [];
    const message = Buffer.from(syslogMessage(record, text, this.#sender, this.#target.facility));
    return [Buffer.from(`${message.length} `), message];
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
