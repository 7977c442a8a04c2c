import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Builds the console's pages as they are now into a folder of their own, so that no test looks at an old build. */
export async function buildPages(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-console-"));
  const vite = join(root, "node_modules/vite/bin/vite.js");
  await promisify(execFile)(process.execPath, [vite, "build", "console", "--outDir", folder, "--logLevel", "error"], {
    cwd: root,
  });
  return folder;
}
