import { Worker } from "node:worker_threads";

/**
 * Starts a worker thread and resolves to its first message. `data` becomes its `workerData`; `task` completes the sentence
 * "the thread that …" for errors.
 * @throws Error as the thread, and when it ends without a message
 */
export function workerAnswer<Answer>(entry: URL, data: unknown, task: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(entry, { workerData: data });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error(`the thread that ${task} ended without an answer`)));
  });
}
