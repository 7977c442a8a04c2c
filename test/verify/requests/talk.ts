import { connect } from "node:net";
import type { Random } from "../check.ts";

export interface Talk {
  /** All that came back. */
  readonly answers: string;
  /** The gateway neither answered nor closed the connection in all the time that a patient client gave it. */
  readonly hung: boolean;
}

/** A client that has got nothing more for so long goes away, unless it is patient. */
const SILENCE_MS = 60;
const UNANSWERED_MS = 400;
const PATIENCE_MS = 12_000;

/** Sends bytes as they are, in one piece or in several; a patient client waits until the gateway itself closes. */
export function talk(port: number, bytes: Buffer, random: Random, patient: boolean): Promise<Talk> {
  const cuts = random.chance(0.7)
    ? []
    : [random.below(bytes.length + 1), random.below(bytes.length + 1)].sort((a, b) => a - b);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let hung = false;
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => send(0));
    const send = (index: number): void => {
      if (socket.destroyed) return;
      socket.write(bytes.subarray(cuts[index - 1] ?? 0, cuts[index] ?? bytes.length));
      if (index < cuts.length) setImmediate(send, index + 1);
    };
    socket.setTimeout(patient ? PATIENCE_MS : UNANSWERED_MS, () => {
      hung = patient;
      socket.destroy();
    });
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      if (!patient) socket.setTimeout(SILENCE_MS);
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve({ answers: Buffer.concat(chunks).toString("latin1"), hung }));
  });
}
