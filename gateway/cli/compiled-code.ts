import { lstatSync, mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";
import { setForThreads } from "../config/environment.ts";

/** Of its user alone: who writes there has his code run. */
const PRIVATE = 0o700;

/**
 * Keeps the gateway's compiled code in a folder of its user, `.cache/sallyport` in the home directory: the next start compiles
 * nothing. Without such a folder, or with one that others may write, everything is compiled as ever. `NODE_COMPILE_CACHE` names
 * another folder, and `NODE_DISABLE_COMPILE_CACHE=1` does without (https://nodejs.org/api/module.html#module-compile-cache).
 */
export function keepCompiledCode(home: () => string = homedir): void {
  try {
    const folder = join(home(), ".cache", "sallyport");
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
    const found = lstatSync(folder);
    const isOwn = found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o777) === PRIVATE;
    if (!isOwn) return;
    enableCompileCache(folder);
    // That is about this thread alone; those that it starts go by the variable.
    setForThreads("NODE_COMPILE_CACHE", folder);
  } catch {
    // A user without a home, or with one that cannot be written: it is slower, and nothing else.
  }
}
