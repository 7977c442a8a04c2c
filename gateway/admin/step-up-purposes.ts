import { z } from "zod";

/** What somebody proves again who they are for. */
export const purposeBody = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("vote"), action_digest: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal("passkeys") }),
]);

/** The name of a purpose: one proof serves one thing alone. */
export function purposeOf(wanted: z.infer<typeof purposeBody>): string {
  return wanted.kind === "vote" ? votePurpose(wanted.action_digest) : passkeysPurpose;
}

export const passkeysPurpose = "passkeys";

export function votePurpose(actionDigest: string): string {
  return `vote ${actionDigest}`;
}
