import type { JsonObject } from "../../lib/json.ts";
import { readArchive } from "./archive.ts";
import { isNamed, packEntries, unpackEntries } from "./entries.ts";

/**
 * Writes the built bundle `from` as `to`, with its data as `change` makes it. Signatures are left out: they are about other
 * data. Rules and revision stay. @throws BundleFailure when `from` is no bundle that the gateway reads
 */
export async function archiveWithData(
  from: string,
  to: string,
  change: (data: JsonObject) => JsonObject,
): Promise<void> {
  // Read strictly first: the archive may come from anywhere.
  const { data } = await readArchive(from);
  const entries = await unpackEntries(from);
  const bytes = Buffer.from(JSON.stringify(change(data)));
  const kept = entries.filter(({ header }) => !isNamed(header, ".signatures.json"));
  await packEntries(
    kept.map((entry) => (isNamed(entry.header, "data.json") ? { ...entry, bytes } : entry)),
    to,
  );
}
