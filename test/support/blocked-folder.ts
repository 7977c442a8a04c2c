import { rename, rm, writeFile } from "node:fs/promises";

/** Puts a file where a folder was: not even root can write into it. @returns how to put the folder back */
export async function blockFolder(path: string): Promise<() => Promise<void>> {
  const aside = `${path}.aside`;
  await rename(path, aside);
  // Whoever tries to write all the time may have made a folder of its own in between.
  while (!(await written(path))) await rm(path, { recursive: true, force: true, maxRetries: 5 });
  return async function unblock() {
    for (;;) {
      await rm(path, { recursive: true });
      const done = await rename(aside, path).then(
        () => true,
        (failure: NodeJS.ErrnoException) => {
          if (failure.code !== "ENOTEMPTY") throw failure;
          return false;
        },
      );
      if (done) return;
    }
  };
}

function written(path: string): Promise<boolean> {
  return writeFile(path, "").then(
    () => true,
    (failure: NodeJS.ErrnoException) => {
      if (failure.code !== "EISDIR") throw failure;
      return false;
    },
  );
}
