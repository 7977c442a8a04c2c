import { rename } from "node:fs/promises";
import { join } from "node:path";
import { createBundles } from "../bundles/bundles.ts";
import type { BundlesOptions } from "../bundles/bundles-options.ts";
import { type HistoryContent, HistoryFile } from "../bundles/history/history-file.ts";
import { KeptArchives } from "../bundles/history/kept-archives.ts";
import { PinnedDelivery } from "../bundles/history/pinned-delivery.ts";

type Ground = Pick<BundlesOptions, "clock" | "logger" | "engine" | "checkAnswer" | "signing" | "mayArrive">;

/**
 * The policy of the sources, with its history in a folder of the data folder. `key`: of the store. A pinned revision judges although the
 * sources give none.
 */
export async function openHistory(
  dataDir: string,
  key: Uint8Array,
  options: Omit<BundlesOptions, "kept" | "activated"> & Ground,
): Promise<PinnedDelivery> {
  const folder = join(dataDir, "policy-history");
  const [file, archives] = [new HistoryFile(join(folder, "history"), key), new KeptArchives(folder)];
  await archives.open();
  const { content, problem } = await contentOf(file);
  if (problem !== null) options.logger.error(problem);
  const mayArrive = options.mayArrive === true || content.pin !== null;
  return new PinnedDelivery(content, { ...options, file, archives, problem }, (hooks) =>
    createBundles({ ...options, ...hooks, mayArrive }),
  );
}

const empty: HistoryContent = { entries: [], pin: null };

async function contentOf(file: HistoryFile): Promise<{ content: HistoryContent; problem: string | null }> {
  try {
    return { content: (await file.read()) ?? empty, problem: null };
  } catch (error) {
    const aside = `${file.path}.refused`;
    await rename(file.path, aside).catch(() => undefined);
    const problem = `the policy's history is not used, and whether a revision was pinned is not known: ${(error as Error).message}; it is kept as ${aside}`;
    return { content: empty, problem };
  }
}
