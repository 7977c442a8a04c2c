import type { Gateway } from "./compose.ts";

/**
 * The start found no policy that compiles, loads and passes its self-test. `cause`: why. It is in a file of its own with the start that
 * throws it, since the command line has an exit code for it and loads nothing else of the gateway for most verbs.
 */
export class NoPolicy extends Error {
  override readonly name = "NoPolicy";
}

/** The candidate is started too; nobody waits for it, and one that does not start is a finding. @throws NoPolicy */
export async function startPolicy({ bundles, shadow }: Pick<Gateway, "bundles" | "shadow">): Promise<void> {
  try {
    await bundles.start();
  } catch (cause) {
    throw new NoPolicy(`no policy can be activated:\n${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  shadow?.start();
}
