import type { JsonObject } from "../lib/json.ts";
import type { Projections } from "../domain/projection.ts";
import { isNamed, packEntries, unpackEntries } from "./repack.ts";
import { manifestWithReads } from "./sealed.ts";

/**
 * Writes the bundle `from`, fresh from opa, again as `to`, with what the policy reads of the input in its manifest.
 * OPA takes the entrypoints out of the Rego it puts into a bundle, so it could not be found out later.
 */
export async function sealArchive(from: string, to: string, projections: Projections): Promise<void> {
  const entries = await unpackEntries(from);
  const wasm = entries.find(({ header }) => isNamed(header, "policy.wasm"))?.bytes;
  const sealed = entries.map(({ header, bytes }) =>
    wasm !== undefined && isNamed(header, ".manifest")
      ? { header, bytes: withReads(bytes, wasm, projections) }
      : { header, bytes },
  );
  await packEntries(sealed, to);
}

function withReads(manifest: Buffer, wasm: Buffer, projections: Projections): Buffer {
  const value = JSON.parse(manifest.toString("utf8")) as JsonObject;
  return Buffer.from(JSON.stringify(manifestWithReads(value, wasm, projections)));
}
