import { connect } from "node:net";

/** A guard against what hangs: whatever is sent is answered. */
const firstAnswerMs = 60_000;

/**
 * Sends bytes as they are and returns all that came back until the other side closed or fell silent.
 * For requests that no decent client would make. Who waits for more than one answer has the last of them end the connection, and
 * gives it a silence that guards against what hangs.
 */
export function sendRaw(origin: string, bytes: string | Buffer, silenceMs = 500): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((done, failed) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    const chunks: Buffer[] = [];
    const finish = () => {
      socket.destroy();
      done(Buffer.concat(chunks).toString("latin1"));
    };
    // A busy machine may be slow to begin; once it has answered, silence means that it has finished.
    socket.setTimeout(Math.max(silenceMs, firstAnswerMs), finish);
    socket.on("data", (chunk) => {
      chunks.push(chunk);
      socket.setTimeout(silenceMs);
    });
    socket.on("end", finish);
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? finish() : failed(error)));
  });
}

/** The status codes of all answers in what came back. A body need not end in a line break, so an answer begins anywhere. */
export function statusesOf(answers: string): number[] {
  return [...answers.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}
