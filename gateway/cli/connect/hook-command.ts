import { extname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shellWord } from "../common/shell-words.ts";
import { HookFailure } from "../hook/local-call.ts";
import { readOptions } from "../hook/options.ts";
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
  const words = hookWords(client, names, settings);
  const end = system === "win32" ? "|| exit /b 2" : "|| exit 2";
  return [settings.start, "hook", ...words.map((word) => shellWord(word, system === "win32")), end].join(" ");
}

/** The words after `sallyport hook`. */
function hookWords(client: string, names: readonly string[], settings: HookSettings): readonly string[] {
  const { gateway, token, console, waitS, server } = settings;
  return [
    ...[client, "--gateway", gateway, "--token", token, "--wait", String(waitS)],
    ...(names.length === 0 ? [] : ["--through", names.join(",")]),
    ...(console === null ? [] : ["--console", console]),
    ...(server === "local" ? [] : ["--server", server]),
  ];
}

/** Why a hook with these settings would refuse every call; null when it takes them. */
export function hookProblem(settings: HookSettings): string | null {
  try {
    readOptions(hookWords("claude-code", [], settings));
    return null;
  } catch (failure) {
    if (failure instanceof HookFailure) return failure.message;
    throw failure;
  }
}

/** This installation, by absolute paths: what is on somebody's PATH later does not matter. */
export function startHere(system: System): string {
  const own = fileURLToPath(import.meta.url);
  const main = resolve(own, "..", "..", "..", `main${extname(own)}`);
  return [process.execPath, main].map((word) => shellWord(word, system === "win32")).join(" ");
}
