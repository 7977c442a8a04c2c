import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { OpaCommand } from "../build/opa.ts";

/** What makes and checks bundles, and what judges by them: the rooms of this code, and their neighbours that both build on. */
const rooms = ["bundles", "decide", "domain", "lib"];

/** Where the versions of its libraries are told, from the folder of the rooms: those that are named, and those that are installed. */
const versions = ["..", "../.."].flatMap((up) => [`${up}/package.json`, `${up}/node_modules/.package-lock.json`]);

/**
 * The programs that a result is of: this code with the versions of its libraries, and the OPA that is run. `path`: the PATH of the
 * environment. Null when there is no such OPA.
 */
export async function identityOf(opa: string, path: string): Promise<string | null> {
  const program = await opaIdentity(opa, path);
  return program === null ? null : `${codeDigest()} ${program} ${process.versions.v8}`;
}

/** Where a program lies that is found on PATH, and when and how it was last written: no other is there without a change of these. */
async function opaIdentity(opa: string, path: string): Promise<string | null> {
  const places = /[\\/]/.test(opa) ? [opa] : path.split(delimiter).map((folder) => join(folder, opa));
  for (const place of places) {
    const found = await stat(place, { bigint: true }).catch(() => null);
    if (found?.isFile() !== true) continue;
    return [await realpath(place), found.size, found.ino, found.mtimeNs, found.ctimeNs].join(" ");
  }
  return null;
}

/** The OPA that the command runs, for keys of what it says. Only its name where the PATH that it is found on is not known. */
export async function programOf(opa: OpaCommand): Promise<string> {
  const { path, environment } = typeof opa === "string" ? { path: opa } : { environment: undefined, ...opa };
  const where = environment?.["PATH"] ?? null;
  if (where === null && !/[\\/]/.test(path)) return path;
  return (await opaIdentity(path, where ?? "")) ?? path;
}

let digest: string | null = null;

/** Of the files as they were when this process first asked. */
export function codeDigest(): string {
  return (digest ??= digestOfCode(fileURLToPath(new URL("../../", import.meta.url))));
}

/** `gateway`: the folder of the rooms. */
export function digestOfCode(gateway: string): string {
  const hash = createHash("sha256");
  for (const room of rooms) {
    const entries = readdirSync(join(gateway, room), { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    for (const file of files.toSorted()) {
      const bytes = readFileSync(file);
      hash.update(`${file.slice(gateway.length)}\0${bytes.length}\0`).update(bytes);
    }
  }
  for (const path of versions) if (existsSync(join(gateway, path))) hash.update(readFileSync(join(gateway, path)));
  return hash.digest("hex");
}
