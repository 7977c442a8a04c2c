import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shellWord } from "../common/shell-words.ts";
import type { System } from "./places.ts";

export interface HookSettings {
  /** Address of the gateway. */
  readonly gateway: string;
  /** `env:NAME` or `file:PATH`. */
  readonly token: string;
  readonly console: string | null;
  readonly waitS: number;
  readonly server: string;
  /** What starts `sallyport`, quoted as the shell wants it. */
  readonly start: string;
}

/** Seconds that a client has to wait longer than the hook, so that the hook answers and not the clock. */
const graceS = 20;

export function hookTimeoutS({ waitS }: Pick<HookSettings, "waitS">): number {
  return waitS + graceS;
}

/**
 * The command of a hook. Clients take exit code 2 alone for a refusal, and let calls go when a hook cannot be started or fails in
 * another way: so every other failure becomes 2 as well.
 */
export function hookCommand(client: string, names: readonly string[], settings: HookSettings, system: System): string {
  const { gateway, token, console, waitS, server, start } = settings;
  const words = [
    ...["hook", client, "--gateway", gateway, "--token", token, "--wait", String(waitS)],
    ...(names.length === 0 ? [] : ["--through", names.join(",")]),
    ...(console === null ? [] : ["--console", console]),
    ...(server === "local" ? [] : ["--server", server]),
  ];
  const end = system === "win32" ? "|| exit /b 2" : "|| exit 2";
  return [start, ...words.map((word) => shellWord(word, system === "win32")), end].join(" ");
}

/** This installation, by absolute paths: what is on somebody's PATH later does not matter. */
export function startHere(system: System): string {
  const own = fileURLToPath(import.meta.url);
  const main = resolve(own, "..", "..", "..", `main${extname(own)}`);
  return [process.execPath, main].map((word) => shellWord(word, system === "win32")).join(" ");
}
