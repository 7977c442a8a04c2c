import { threadId } from "node:worker_threads";
import { answerQuestions } from "../../gateway/lib/resident-thread.ts";

answerQuestions({
  id: () => ({ answer: threadId }),
  fail: (why: string) => {
    throw new RangeError(why);
  },
  end: () => process.exit(),
  // No answer, ever.
  wait: () => new Promise<never>(() => undefined),
  grow: (length: number) => {
    const bytes = new Uint8Array(length).fill(7);
    return { answer: bytes, transfer: [bytes.buffer] };
  },
});
