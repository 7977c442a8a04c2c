import { join } from "node:path";
import type { ShipSender, ShipSettings, ShipTarget } from "../../../gateway/domain/shipping.ts";
import { createDestination } from "../../../gateway/ship/destinations/create-destination.ts";
import type { Destination } from "../../../gateway/ship/destinations/destination.ts";
import { CursorFile } from "../../../gateway/ship/position.ts";
import { Shipper, type ShipperOptions } from "../../../gateway/ship/shipper.ts";
import { quiet } from "../quiet.ts";
import type { TestLog } from "../record/test-log.ts";

export const sender: ShipSender = { instance: "gw-1", environment: "test", version: "1.2.3", labels: {} };
export const loopback = new Set(["loopback"] as const);
export const noTls = { caFile: null, client: null };
export const secrets: Readonly<Record<string, string>> = { "env:TOKEN": "t-1", "env:ID": "AKIA1", "env:KEY": "s3cret" };

const secret = (reference: string): string => secrets[reference] ?? "";

export function opaTarget(url: string, chunkBytes = 32_768, tls: ClientTls = noTls): ShipTarget {
  const token = { scheme: "Bearer", reference: "env:TOKEN" };
  return { kind: "opa", url: `${url}/logs`, token, tls, addresses: loopback, chunkBytes };
}

type ClientTls = Extract<ShipTarget, { kind: "opa" }>["tls"];

export interface Slept {
  /** Pauses that it has asked for, in milliseconds. */
  readonly sleeps: number[];
  readonly told: string[];
}

type Others = Partial<ShipperOptions> & { readonly timeoutMs?: number };

/** A shipper of a log in a temporary folder, whose pauses take no time. */
export function shipperOf(
  here: TestLog,
  to: ShipTarget,
  { timeoutMs = 5_000, ...others }: Others = {},
): Shipper & Slept {
  const settings: Pick<ShipSettings, "name" | "to" | "everyMs" | "retry" | "timeoutMs"> = {
    name: "siem",
    to,
    everyMs: 1,
    timeoutMs,
    retry: { firstMs: 100, longestMs: 1_000 },
  };
  const sleeps: number[] = [];
  const told: string[] = [];
  const { clock = { now: () => Date.now(), monotonic: () => performance.now() } } = others;
  const shipper = new Shipper({
    dir: here.log,
    settings,
    clock,
    random: () => 0.5,
    logger: { ...quiet, warn: (message, fields) => void told.push(`${message} ${JSON.stringify(fields)}`) },
    destination: createDestination(settings, { dir: here.log, sender, clock, secret }),
    cursor: new CursorFile(join(here.dir, "ship"), "siem"),
    sleep: (ms, signal) => {
      if (ms > 1) sleeps.push(ms);
      // An end of the event loop's turn, so that an aborted signal is seen.
      return new Promise((done) => (signal.aborted ? done() : setTimeout(done, 1)));
    },
    ...others,
  });
  return Object.assign(shipper, { sleeps, told });
}

/** A destination that is real, and under whose every batch something else happens before it is done. */
export function destinationDuring(here: TestLog, to: ShipTarget, happens: () => Promise<void>): Destination {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const real = createDestination({ to, timeoutMs: 5_000 }, { dir: here.log, sender, clock, secret });
  return {
    batchBytes: real.batchBytes,
    mark: () => real.mark?.() ?? null,
    settle: async (mark, signal) => real.settle?.(mark, signal),
    send: async (batch, signal) => {
      const sent = await real.send(batch, signal);
      await happens();
      return sent;
    },
  };
}
