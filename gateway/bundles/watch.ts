import { watch } from "chokidar";

export interface Watching {
  close(): Promise<void>;
}

/** Calls `changed` once a while after the last of a burst of changes below `path`. Resolves when the watcher sees all of it. */
export async function watchPath(
  path: string,
  debounceMs: number,
  changed: () => void,
  failed: (error: unknown) => void,
): Promise<Watching> {
  let timer: NodeJS.Timeout | null = null;
  const watcher = watch(path, { ignoreInitial: true, ignored: (candidate) => isHidden(candidate, path) });
  watcher.on("all", () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(changed, debounceMs);
  });
  watcher.on("error", failed);
  await new Promise<void>((resolve) => watcher.once("ready", () => resolve()));
  return {
    async close(): Promise<void> {
      if (timer !== null) clearTimeout(timer);
      await watcher.close();
    },
  };
}

/** Editors keep swap files and tools keep settings under dotted names; the folder itself may lie below one. */
function isHidden(candidate: string, root: string): boolean {
  return /(^|[\\/])\.[^\\/]/.test(candidate.slice(root.length));
}
