import { Worker } from "node:worker_threads";
import { BundleFailure, type Location } from "../failure.ts";
import { isDataFile, type SourceFile } from "../sources.ts";
import type { CheckedData } from "./check-data.ts";

/** Mistakes that are told at once; more would hide the first. */
const MOST_TOLD = 100;

/**
 * Checks the data files among `files` on a thread of its own.
 * @returns warnings: names that have no effect
 * @throws BundleFailure with every mistake as `file:line:column: field: message`
 */
export async function checkData(files: readonly SourceFile[]): Promise<readonly Location[]> {
  const wanted = files.filter(({ path }) => isDataFile(path) || path.startsWith("schemas/") || path.endsWith(".rego"));
  if (!wanted.some(({ path }) => isDataFile(path))) return [];
  const { problems, warnings } = await aside(wanted);
  if (problems.length === 0) return warnings.slice(0, MOST_TOLD);
  const told = problems.slice(0, MOST_TOLD);
  const lines = told.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  if (problems.length > told.length) lines.push(`and ${problems.length - told.length} more mistakes in the data`);
  throw new BundleFailure("load", lines.join("\n"), told);
}

function aside(files: readonly SourceFile[]): Promise<CheckedData> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: files });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread that checks the data ended without an answer")));
  });
}
