import type { Projections, RuleInfo } from "../../domain/ports.ts";
import { joinedInTurns } from "../../lib/bytes-in-turns.ts";
import type { Entry } from "../archive/entries.ts";
import { type BuildCache, packed, unpacked } from "../cache/build-cache.ts";
import type { KnownRules } from "../rule-checks/check-rules.ts";
import type { OptionalData } from "../rule-checks/problems.ts";

/** What a build makes of the rules of a policy, whatever its data. */
export interface BuiltRules {
  /** The files of the bundle, without its data. */
  readonly entries: readonly Entry[];
  readonly rules: readonly RuleInfo[];
  readonly optional: readonly OptionalData[];
  readonly resultsByExports: boolean;
  readonly projections: Projections;
  readonly known: KnownRules;
}

/** The definitions are a long JSON text: in another one, it would be escaped at each build and read twice. */
interface Kept extends Omit<BuiltRules, "entries" | "known"> {
  readonly names: readonly { readonly name: string; readonly length: number }[];
  readonly known: Omit<KnownRules, "definitions">;
}

export async function cachedRules(cache: BuildCache, key: readonly string[]): Promise<BuiltRules | null> {
  const content = await cache.get("rules", key);
  if (content === null) return null;
  const { json, bytes } = unpacked<Kept>(content);
  const { names, known, ...rest } = json;
  let end = 0;
  const entries = names.map(({ name, length }): Entry => {
    end += length;
    return { header: { name }, bytes: bytes.subarray(end - length, end) };
  });
  return { entries, known: { definitions: bytes.toString("utf8", end), ...known }, ...rest };
}

export async function keepRules(
  cache: BuildCache,
  key: readonly string[],
  { entries, known: { definitions, ...known }, ...rest }: BuiltRules,
): Promise<void> {
  const names = entries.map(({ header, bytes }) => ({ name: header.name, length: bytes.length }));
  const kept: Kept = { names, known, ...rest };
  const parts = [...entries.map(({ bytes }) => bytes), Buffer.from(definitions)];
  await cache.put("rules", key, async () => packed(kept, await joinedInTurns(parts)));
}
