import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseReference, readSecret } from "../../config/environment.ts";
import type { Clock } from "../../domain/ports.ts";
import { HookFailure, type Through } from "./local-call.ts";

/**
 * The agent's token behind a reference; what `sallyport sign-in` has written is renewed when it ends.
 * @throws HookFailure that names the reference, never the token
 */
export async function currentToken(
  reference: string,
  through: Pick<Through, "gateway">,
  clock: Pick<Clock, "now" | "monotonic">,
): Promise<string> {
  const text = readToken(reference);
  if (!reference.startsWith("file:") || !text.startsWith("{")) return text;
  // Most tokens are put there by somebody else, and this is not loaded for them.
  const { signedInToken } = await import("./signed-in.ts");
  return signedInToken(resolve(process.cwd(), reference.slice("file:".length)), through, clock);
}

/** What is behind a reference. @throws HookFailure */
export function readToken(reference: string): string {
  const parsed = parseReference(reference, process.cwd());
  // Most likely the token itself, which must not be in arguments that every process can list.
  if (parsed === null) throw new HookFailure("--token takes env:NAME or file:PATH, not the token itself");
  try {
    if (parsed.kind === "file") assertPrivate(parsed.path);
    return readSecret(parsed);
  } catch (failure) {
    if (failure instanceof HookFailure) throw failure;
    throw new HookFailure(`there is no token: ${(failure as Error).message}`);
  }
}

/** Windows has no such modes; its files are private to a profile by default. */
function assertPrivate(path: string): void {
  if (process.platform === "win32") return;
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode !== undefined && (mode & 0o077) !== 0)
    throw new HookFailure(`others can read the token in ${path}; chmod 600 ${path}`);
}
