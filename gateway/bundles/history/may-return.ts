import { Refusal } from "../../domain/errors.ts";
import type { KeptEntry } from "./history-file.ts";
import type { BundlesOptions } from "../bundles-options.ts";
import type { CurrentSources } from "../layers/current-sources.ts";
import { SignatureRefusal, type SignatureProblem } from "../failure.ts";
import { checkOrder, type Signed } from "../signatures/verify.ts";

interface Returning {
  readonly revision: string;
  readonly signed: Signed | null;
  /** An older bundle is meant, by the operator's word or since it is pinned already. */
  readonly acceptOlder: boolean;
}

const older: ReadonlySet<SignatureProblem> = new Set(["bundle_older", "bundle_order_lost"]);

/**
 * Whether a policy that was active may be so again where signatures are required: it was signed with a key that is still trusted, and no
 * newer one has been active, unless that is meant. @throws Refusal policy_revision_refused, policy_revision_older
 */
export async function assertMayReturn(
  { revision, signed, acceptOlder }: Returning,
  { trust, marks }: NonNullable<BundlesOptions["signing"]>,
): Promise<void> {
  if (signed === null) throw refused("it was active without a signature, and policy.signing requires one");
  if (!trust.keys.has(signed.keyId))
    throw refused(`the key ${signed.keyId} that it was signed with is trusted no more`);
  try {
    await checkOrder(revision, signed, marks);
  } catch (thrown) {
    if (!(thrown instanceof SignatureRefusal)) throw thrown;
    if (!older.has(thrown.problem)) throw refused(thrown.message);
    if (!acceptOlder) throw new Refusal("policy_revision_older", { hint: thrown.message, cause: thrown });
  }
}

/**
 * Bundles of services are signed one by one, and what was built of them says neither when nor with which keys. A revision may have such ones
 * that no document names any more. @throws Refusal policy_revision_older unless that is meant
 */
export function assertOrderKnown(
  sources: Pick<CurrentSources, "signed" | "areDiscovered">,
  acceptOlder: boolean,
): void {
  const { signed, areDiscovered } = sources;
  if (acceptOlder || (signed.length === 0 && !areDiscovered)) return;
  if (signed.length === 0)
    throw new Refusal("policy_revision_older", {
      hint: "bundles that a discovered configuration named then may be older in it than ones that have been active, or signed with keys that are trusted no more",
    });
  const names = signed.map((name) => JSON.stringify(name)).join(", ");
  throw new Refusal("policy_revision_older", {
    hint: `the bundles of services that are signed for themselves (${names}) may be older in it than ones that have been active, or signed with keys that are trusted no more`,
  });
}

/**
 * Where something is required of changes, what was built while another revision was pinned is a change of that one alone, and has not judged.
 * @throws Refusal policy_revision_refused
 */
export function assertHasJudged(entries: readonly KeptEntry[], { digest }: KeptEntry): void {
  if (entries.some((one) => one.digest === digest && one.outcome !== "held" && one.outcome !== "refused")) return;
  throw refused(
    "it was built while another revision was pinned, and has not judged; what the sources hold is active when the pin ends (policy activate latest)",
  );
}

function refused(hint: string): Refusal {
  return new Refusal("policy_revision_refused", { hint });
}
