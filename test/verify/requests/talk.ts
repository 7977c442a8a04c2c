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

/** What an answer takes on this machine just now. */
let usualMs = 40;
const MOST_USUAL_MS = 600;

/** Answers pull it towards themselves; whoever went away without one may have gone too early. */
function learn(tookMs: number | null): void {
  usualMs = tookMs === null ? Math.min(usualMs * 1.02, MOST_USUAL_MS) : usualMs * 0.95 + tookMs * 0.05;
}

/** Sends bytes as they are, in one piece or in several; a patient client waits until the gateway itself closes. */
export function talk(port: number, bytes: Buffer, random: Random, patient: boolean): Promise<Talk> {
  const cuts = random.chance(0.7)
    ? []
    : [random.below(bytes.length + 1), random.below(bytes.length + 1)].sort((a, b) => a - b);
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let hung = false;
    const began = performance.now();
    const socket = connect({ port, host: "127.0.0.1", noDelay: true }, () => send(0));
    const send = (index: number): void => {
      if (socket.destroyed) return;
      socket.write(bytes.subarray(cuts[index - 1] ?? 0, cuts[index] ?? bytes.length));
      if (index < cuts.length) setImmediate(send, index + 1);
    };
    socket.setTimeout(patient ? PATIENCE_MS : Math.max(UNANSWERED_MS, usualMs * 10), () => {
      hung = patient;
      if (!patient && chunks.length === 0) learn(null);
      socket.destroy();
    });
    socket.on("data", (chunk) => {
      if (chunks.length === 0) learn(performance.now() - began);
      chunks.push(chunk);
      if (!patient) socket.setTimeout(Math.max(SILENCE_MS, usualMs * 2));
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve({ answers: Buffer.concat(chunks).toString("latin1"), hung }));
  });
}
