import type { Writable } from "node:stream";

/** As a shell says it of a program that SIGPIPE has ended; Node.js ignores that signal. */
const endedByReader = 128 + 13;

/**
 * A reader such as `head` or `less` that has seen enough closes the pipe. Nothing is wrong then, and there is nobody to write to: the
 * command ends. Any other failure to write is thrown.
 */
export function endWithReader(stdout: Pick<Writable, "on">, end: (code: number) => void = process.exit): void {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    end(endedByReader);
  });
}
