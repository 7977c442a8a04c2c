import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { asFailure, TransientFailure } from "../failure.ts";
import { parsedWithPlaces } from "../rule-checks/modules.ts";
import { type PrintPlace, type PrintPlacesAnswer, type PrintPlacesRequest, printPlacesIn } from "./print-places.ts";

/** Finds the prints of a policy in a worker thread: syntax trees are large, and the main thread serves requests. */
async function answer({ opa, modules }: PrintPlacesRequest, workspace: string): Promise<PrintPlacesAnswer> {
  const places: Record<string, readonly PrintPlace[]> = {};
  for (const module of modules) {
    try {
      places[module.file] = printPlacesIn({ tree: await parsedWithPlaces(opa, module, workspace) });
    } catch (error) {
      const failure = asFailure(error, "compile");
      if (failure instanceof TransientFailure) return { failure: failure.message };
      // It does not parse: the build that follows says why.
    }
  }
  return { places };
}

const workspace = await mkdtemp(join(tmpdir(), "sallyport-prints-"));
try {
  parentPort?.postMessage(await answer(workerData as PrintPlacesRequest, workspace));
} finally {
  await rm(workspace, { recursive: true, force: true });
}
