import type { BundleMarks } from "../../domain/ports.ts";
import { iso } from "./claim-times.ts";
import { SignatureRefusal } from "./refusal.ts";
import type { Signed } from "./verify.ts";

/**
 * No way back to a bundle that was signed once and is no longer wanted. Revisions are texts without an order, so the order is
 * that of the signatures' `iat`; where no signature has one, all that can be told is a revision that means two contents.
 * @throws SignatureRefusal
 */
export function checkOrder(revision: string, { issuedAt, content }: Signed, marks: BundleMarks): void {
  const known = marks.contentOf(revision);
  if (known !== null && known !== content)
    throw new SignatureRefusal(
      "revision_reused",
      `the bundle's revision ${revision} was that of another content before (${known}, now ${content}); build it with a --revision of its own`,
    );
  const newest = marks.newest();
  if (newest === null) return;
  if (issuedAt === null)
    throw new SignatureRefusal(
      "bundle_order_lost",
      `the signature does not say when it was made (iat), and one of ${iso(newest)} has been active; sign it again with an iat`,
    );
  if (issuedAt < newest)
    throw new SignatureRefusal(
      "bundle_older",
      `the bundle was signed at ${iso(issuedAt)}, before one that has been active, of ${iso(newest)}; to go back to it, sign it again`,
    );
}
