import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { parseReference, readSecret } from "../config/environment.ts";
import type { Logger } from "../domain/ports.ts";
import { createDestination } from "../ship/destinations/create-destination.ts";
import { CursorFile } from "../ship/position.ts";
import type { FromShip, ShipLevel, ShipThreadData, ToShip } from "../ship/ship-messages.ts";
import { Shipper } from "../ship/shipper.ts";
import { systemClock } from "./clock-and-ids.ts";

/** Thread entry: sends the log to every destination. No call waits for reading, compressing and encrypting. */
const port = parentPort as MessagePort;
const { dir, cursors, destinations, sender } = workerData as ShipThreadData;
const tell = (message: FromShip): void => port.postMessage(message);

const STATES_MS = 1_000;

const write =
  (level: ShipLevel) =>
  (message: string, fields: Record<string, unknown> = {}): void =>
    tell({ kind: "log", level, message, fields });
const logger: Logger = { debug: () => undefined, info: write("info"), warn: write("warn"), error: write("error") };

function secret(text: string): string {
  const reference = parseReference(text, dir);
  if (reference === null) throw new Error("a secret is no reference");
  return readSecret(reference);
}

const shippers = destinations.map(
  (settings) =>
    new Shipper({
      dir,
      settings,
      logger,
      clock: systemClock,
      random: Math.random,
      destination: createDestination(settings, { dir, sender, secret, clock: systemClock }),
      cursor: new CursorFile(cursors, settings.name),
    }),
);

async function tellStates(): Promise<void> {
  try {
    tell({ kind: "states", states: await Promise.all(shippers.map((one) => one.state())) });
  } catch (failure) {
    logger.warn("ship: how far destinations are cannot be found out", { error: String(failure) });
  }
}

for (const shipper of shippers) shipper.start();
void tellStates();
const telling = setInterval(() => void tellStates(), STATES_MS);
port.once("message", ({ graceMs }: ToShip) => {
  clearInterval(telling);
  void Promise.all(shippers.map((one) => one.stop(graceMs)))
    .then(tellStates)
    .finally(() => process.exit());
});
