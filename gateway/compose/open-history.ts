import { lstat, rename } from "node:fs/promises";
import { join } from "node:path";
import { createBundles } from "../bundles/bundles.ts";
import type { BundlesOptions } from "../bundles/bundles-options.ts";
import {
  HistoryChanged,
  type HistoryContent,
  HistoryFile,
  unverifiedHistory,
} from "../bundles/history/history-file.ts";
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
  const { content, problem } = await contentOf(file, options.required !== undefined, setAside);
  if (problem !== null) options.logger.error(problem);
  return withHistory(content, { file, archives, problem }, options);
}

/**
 * The same history as a start would read it, without the key of the store: nothing is verified, and nothing is put aside.
 * @throws CannotStart policy_history_unusable
 */
export function tryHistory(path: string, isNeeded: boolean): Promise<ReadHistory> {
  return contentOf({ path, read: () => unverifiedHistory(path) }, isNeeded, (_path, { message }) =>
    Promise.resolve(
      `the policy's history ${path} cannot be used: ${message}; the start sets it aside, and a pin in it does not count`,
    ),
  );
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

interface ReadHistory {
  readonly content: HistoryContent;
  /** Why what there was of the history is not used; null: it is. */
  readonly problem: string | null;
}

/**
 * A history that somebody changed is put aside, and is told for as long as it lies there. Where something is required of changes it is the
 * only word of what they are changes of, and is not given up. `changed` says what becomes of it otherwise.
 * @throws CannotStart policy_history_unusable when it cannot be read, since a revision may be pinned in it; or was changed and is needed
 */
async function contentOf(
  file: Pick<HistoryFile, "path" | "read">,
  isNeeded: boolean,
  changed: (path: string, error: HistoryChanged) => Promise<string>,
): Promise<ReadHistory> {
  try {
    const content = (await file.read()) ?? empty;
    const isAside = await isThere(asideOf(file.path));
    return { content, problem: isAside ? notUsed(file.path, "it was changed, or was of another store") : null };
  } catch (error) {
    if (!(error instanceof HistoryChanged)) throw unusable(file.path, "cannot be read", error);
    if (isNeeded) throw needed(file.path, error);
    return { content: empty, problem: await changed(file.path, error) };
  }
}

async function setAside(path: string, { message }: HistoryChanged): Promise<string> {
  await rename(path, asideOf(path)).catch((failure: unknown) => {
    throw unusable(path, `was changed (${message}), and cannot be put aside`, failure);
  });
  return notUsed(path, message);
}

const asideOf = (path: string): string => `${path}.refused`;

function notUsed(path: string, why: string): string {
  return `a history of the policy was not used, and whether a revision was pinned in it is not known: ${why}; it is kept as ${asideOf(path)}: look at it, remove it and restart`;
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
