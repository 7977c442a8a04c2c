import { archiveDigest } from "../bundles/archive/archive.ts";
import { BundleFailure, SignatureRefusal } from "../bundles/failure.ts";
import { type ArchiveIdentity, identityOf, unpackDownload } from "../bundles/layers/archive-files.ts";
import { deltaIn, writePatched } from "../bundles/layers/delta-bundle.ts";
import type { Verify } from "../bundles/signatures/verify.ts";
import type { ServedBundle } from "../domain/bundle-service.ts";

/** What arrived, as a source of the policy. */
export interface Arrived extends ArchiveIdentity {
  readonly type: "snapshot" | "delta";
}

interface HowToRead {
  readonly bundle: Pick<ServedBundle, "persist" | "maxBytes">;
  readonly verify: Verify | null;
  /** The file of the bundle that a delta is applied to; null: none is active. */
  readonly base: () => Promise<string | null>;
}

/** Whether a delta is taken: it can be neither verified nor kept for the next start, so that OPA refuses one then too. */
export function takesDeltas({ persist }: Pick<ServedBundle, "persist">, verify: Verify | null): boolean {
  return !persist && verify === null;
}

/** Reads the archive in `file`. In the place of a delta it writes the bundle that it makes of the active one. @throws BundleFailure, UnfitDelta */
export async function readArrived(file: string, { bundle, verify, base }: HowToRead): Promise<Arrived> {
  const arrived = await unpackDownload(file, bundle.maxBytes);
  const delta = deltaIn(arrived.entries);
  if (delta === null) return { ...(await identityOf(arrived, verify)), type: "snapshot" };
  if (verify !== null)
    throw new SignatureRefusal("bundle_unsigned", "a delta bundle cannot be signed, and this bundle has to be");
  if (bundle.persist)
    throw new BundleFailure("load", "a delta bundle cannot be kept for the next start, as persist wants it");
  const before = await base();
  const files = before === null ? new Map<string, Buffer>() : (await unpackDownload(before, bundle.maxBytes)).entries;
  const revision = await writePatched(files, delta, file);
  return { digest: await archiveDigest(file), revision, signed: null, type: "delta" };
}
