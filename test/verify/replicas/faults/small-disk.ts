import { execFile } from "node:child_process";
import { chmod, mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** Enough for a new PostgreSQL and what a proof writes. */
const megabytes = 400;
const block = Buffer.alloc(1 << 20);

/** A disk of its own that can be filled. */
export interface SmallDisk {
  readonly dir: string;
  /** Until nothing can be written to it. */
  fill(): Promise<void>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** Null where this user may mount nothing. */
export async function smallDisk(): Promise<SmallDisk | null> {
  const dir = await mkdtemp(join(tmpdir(), "sallyport-disk-"));
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", dir]);
  } catch {
    await rm(dir, { recursive: true });
    return null;
  }
  await chmod(dir, 0o755);
  const filler = join(dir, "filler");
  return {
    dir,
    async fill() {
      const file = await open(filler, "w");
      // Byte by byte in the end, so that nothing is left.
      for (let size = block.length; size >= 1;) {
        const { bytesWritten } = await file.write(block, 0, size).catch(() => ({ bytesWritten: 0 }));
        if (bytesWritten < size) size = Math.floor(size / 16);
      }
      await file.close();
    },
    empty: () => rm(filler, { force: true }),
    async close() {
      await run("umount", [dir]);
      await rm(dir, { recursive: true });
    },
  };
}
