import { readFileSync } from "node:fs";
import { MessageChannel, threadId } from "node:worker_threads";
import { answerQuestions } from "../../gateway/lib/resident-thread.ts";

const { port1 } = new MessageChannel();
let kept: readonly ArrayBuffer[] = [];
let free = (): void => undefined;

answerQuestions({
  id: () => ({ answer: threadId }),
  fail: (why: string) => {
    throw new RangeError(why);
  },
  // Closed when the thread ends.
  port: () => ({ answer: port1, transfer: [port1] }),
  read: (file: string) => ({ answer: readFileSync(file) }),
  // It has a part that no thread can be sent.
  unsendable: () => ({ answer: () => 1 }),
  end: () => process.exit(),
  // No answer, ever.
  wait: () => new Promise<never>(() => undefined),
  // Its answer comes with that of `free`.
  hold: () => new Promise((resolve) => (free = () => resolve({ answer: threadId }))),
  free: () => {
    free();
    return { answer: threadId };
  },
  keep: (buffer: ArrayBuffer) => {
    kept = [buffer];
    return { answer: null };
  },
  back: (buffer: ArrayBuffer, moved) => {
    kept = [buffer];
    return { answer: buffer, transfer: moved };
  },
  /** Bytes that are left of it. */
  kept: () => ({ answer: kept.map(({ byteLength }) => byteLength) }),
  grow: (length: number) => {
    const bytes = new Uint8Array(length).fill(7);
    return { answer: bytes, transfer: [bytes.buffer] };
  },
});
