/** Where things are. Everything that set-up makes lands below the ignored `.tools/`, never in the user's home. */
import { fileURLToPath } from "node:url";
import { join } from "node:path";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const tools = join(root, ".tools");
export const bin = join(tools, "bin");

const suffix = process.platform === "win32" ? ".exe" : "";

/** @param {string} name a program without its ending */
export const program = (name) => name + suffix;

/** `linux-x64`, `darwin-arm64`, …: the key under which pins are written per platform. */
export const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
