import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `undici 8.13.1 + express 5.3.0`, as installed. */
export function installedVersions(...names: readonly string[]): string {
  return names.map((name) => `${name} ${packageVersion(`../../../node_modules/${name}/package.json`)}`).join(" + ");
}

export function ownVersion(): string {
  return packageVersion("../../../package.json");
}

function packageVersion(path: string): string {
  const text = readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
