/**
 * Where things are. Everything that set-up makes lands below the ignored `.tools/` of the checkout or package; only where
 * that may not be written, in the user's cache folder.
 */
import { accessSync, constants, existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tools = toolsFolder();
export const bin = join(tools, "bin");

const suffix = process.platform === "win32" ? ".exe" : "";

/** @param {string} name a program without its ending */
export const program = (name) => name + suffix;

/** `linux-x64`, `darwin-arm64`, …: the key under which pins are written per platform. */
export const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/** SALLYPORT_TOOLS names another folder. */
function toolsFolder() {
  if (process.env.SALLYPORT_TOOLS) return process.env.SALLYPORT_TOOLS;
  const own = join(root, ".tools");
  if (mayWrite(existsSync(own) ? own : root)) return own;
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "sallyport");
}

/** @param {string} folder */
function mayWrite(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
