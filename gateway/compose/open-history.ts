import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { createBundles } from "../bundles/bundles.ts";
import type { BundlesOptions } from "../bundles/bundles-options.ts";
import { HistoryChanged, type HistoryContent, HistoryFile } from "../bundles/history/history-file.ts";
import { KeptArchives } from "../bundles/history/kept-archives.ts";
import { lastJudged } from "../bundles/history/history-entries.ts";
import { PinnedDelivery, type PinnedDeliveryOptions } from "../bundles/history/pinned-delivery.ts";
import { CannotStart } from "../domain/errors.ts";

type Ground = Pick<BundlesOptions, "clock" | "logger" | "engine" | "checkAnswer" | "signing" | "mayArrive">;

type DeliveryOptions = Omit<BundlesOptions, "kept" | "activated" | "gate"> &
  Ground &
  Pick<PinnedDeliveryOptions, "required">;

/**
 * The policy of the sources, with its history in a folder of the data folder. `key`: of the store. A pinned revision judges although the
 * sources give none.
 * @throws CannotStart policy_history_unusable
 */
export async function openHistory(dataDir: string, key: Uint8Array, options: DeliveryOptions): Promise<PinnedDelivery> {
  const folder = join(dataDir, "policy-history");
  const [file, archives] = [new HistoryFile(join(folder, "history"), key), new KeptArchives(folder)];
  await archives.open();
  const { content, problem } = await contentOf(file, options.required !== undefined);
  if (problem !== null) options.logger.error(problem);
  return withHistory(content, { file, archives, problem }, options);
}

/** The policy of the sources, and whether a start without one of theirs is allowed. */
export async function withHistory(
  content: HistoryContent,
  history: Pick<PinnedDeliveryOptions, "file" | "archives" | "problem">,
  { required, ...options }: DeliveryOptions,
): Promise<PinnedDelivery> {
  // What judged before goes on where the sources hold what may not become active; of a policy of another gateway people can say here that it may.
  const hasLast = required !== undefined && (lastJudged(content.entries) ?? (await required.judged.last())) !== null;
  const mayArrive = options.mayArrive === true || content.pin !== null || hasLast;
  const more = { ...history, ...(required === undefined ? {} : { required }) };
  return new PinnedDelivery(content, { ...options, ...more }, (hooks) =>
    createBundles({ ...options, ...hooks, mayArrive }),
  );
}

const empty: HistoryContent = { entries: [], pin: null };

/**
 * A history that somebody changed is put aside, and is told for as long as it lies there. Where something is required of changes it is the
 * only word of what they are changes of, and is not given up.
 * @throws CannotStart policy_history_unusable when it cannot be read, since a revision may be pinned in it; or was changed and is needed
 */
async function contentOf(
  file: HistoryFile,
  isNeeded: boolean,
): Promise<{ content: HistoryContent; problem: string | null }> {
  const aside = `${file.path}.refused`;
  const told = (why: string) =>
    `a history of the policy was not used, and whether a revision was pinned in it is not known: ${why}; it is kept as ${aside}: look at it, remove it and restart`;
  try {
    const content = (await file.read()) ?? empty;
    return { content, problem: (await isThere(aside)) ? told("it was changed, or was of another store") : null };
  } catch (error) {
    if (!(error instanceof HistoryChanged)) throw unusable(file.path, "cannot be read", error);
    if (isNeeded) throw needed(file.path, error);
    await rename(file.path, aside).catch((failure: unknown) => {
      throw unusable(file.path, `was changed (${error.message}), and cannot be put aside`, failure);
    });
    return { content: empty, problem: told(error.message) };
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function needed(path: string, { message }: HistoryChanged): CannotStart {
  return new CannotStart(
    "policy_history_unusable",
    `the policy's history ${path} cannot be used: ${message}; policy.require needs it to know what an edit is a change of. Put back the file, with the store it was written with; or look at what the sources hold, and remove the file to begin a new history`,
  );
}

function unusable(path: string, what: string, cause: unknown): CannotStart {
  const why = (cause as NodeJS.ErrnoException).code ?? String(cause);
  return new CannotStart(
    "policy_history_unusable",
    `the policy's history ${path} ${what} (${why}), and a revision may be pinned in it; let the gateway's user read and write it, or remove it to go by the sources`,
    cause,
  );
}
