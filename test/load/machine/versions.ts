import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const modules = fileURLToPath(new URL("../../../node_modules", import.meta.url));

/** `undici 8.13.1 + express 5.3.0`, as installed. */
export function installedVersions(...names: readonly string[]): string {
  return names.map((name) => `${name} ${packageVersion(join(modules, name, "package.json"))}`).join(" + ");
}

/** Of a checkout of this repository. */
export function versionOf(root: string): string {
  return packageVersion(join(root, "package.json"));
}

function packageVersion(path: string): string {
  return (JSON.parse(readFileSync(path, "utf8")) as { readonly version: string }).version;
}
