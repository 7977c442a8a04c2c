import { rename, rm, writeFile } from "node:fs/promises";

/** Puts a file where a folder was: not even root can write into it. @returns how to put the folder back */
export async function blockFolder(path: string): Promise<() => Promise<void>> {
  const aside = `${path}.aside`;
  await rename(path, aside);
  await writeFile(path, "");
  return async function unblock() {
    for (;;) {
      await rm(path, { recursive: true });
      // Whoever tries to write all the time may have made a folder of its own in between.
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
