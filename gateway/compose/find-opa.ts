import { delimiter, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { environmentVariable } from "../config/environment.ts";
import { executable } from "../config/resolve-bridge.ts";

const executableName = process.platform === "win32" ? "opa.exe" : "opa";

/**
 * Path of the `opa` command that the gateway and every verb run: the one in SALLYPORT_OPA and no other, else the first on PATH, else the
 * one that `scripts/run.mjs` installs. Null: there is none. A file of its own, since verbs that ask OPA load nothing else of the gateway.
 */
export function findOpa(): string | null {
  const configured = environmentVariable("SALLYPORT_OPA");
  const own = fileURLToPath(new URL(`../../.tools/bin/${executableName}`, import.meta.url));
  const folders = (environmentVariable("PATH") ?? "").split(delimiter).filter((folder) => folder !== "");
  const onPath = folders.map((folder) => resolve(folder, executableName));
  // Absolute: OPA is run in the folder of a policy.
  const places = configured === null ? [...onPath, own] : [resolve(configured)];
  return places.find((place) => executable(place) !== null) ?? null;
}

/** The same, or where it should be: who runs that is told that it is not there. */
export function opaPath(): string {
  return findOpa() ?? environmentVariable("SALLYPORT_OPA") ?? "opa";
}
