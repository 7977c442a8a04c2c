import { existsSync } from "node:fs";
import { join } from "node:path";
import { type GoldenCase, goldenCases } from "../../../bundles/golden-cases.ts";
import { moduleOf } from "../../../bundles/layers/archive-files.ts";
import { sourceNames } from "../../../bundles/layers/policy-source.ts";
import { readConfig } from "../../../config/read-config.ts";
import type { Clock } from "../../../domain/ports.ts";
import { loadArchive, type LoadedPolicy, loadPolicy, policyList, readPolicy } from "../load-policy.ts";

/** A policy that may become active, or one that was. */
export interface Candidate extends Pick<LoadedPolicy, "policy" | "portable" | "data" | "unasked"> {
  /** As people named it. */
  readonly name: string;
  /** Its golden cases; none of a compiled archive. */
  readonly golden: readonly GoldenCase[];
}

/**
 * What sources make a policy, as of every verb; or a compiled archive, or a revision that the gateway has built and still keeps. None:
 * the configuration's.
 * @throws CliFailure source_missing, BundleFailure
 */
export async function loadCandidate(sources: readonly string[], config: string, clock: Clock): Promise<Candidate> {
  const name = sources.join(",");
  const kept = sources.length === 1 ? archiveOfRevision(name, config) : null;
  if (kept !== null) return { name, ...(await loadArchive(kept, config, clock)), golden: [] };
  const list = policyList(sources, config);
  const module = await moduleOf(list);
  if (module !== null) return { name: module, ...(await loadArchive(module, config, clock)), golden: [] };
  const loaded = await loadPolicy(await readPolicy(list), config, clock);
  const golden = goldenCases(loaded.sources).filter(({ file }) => file !== null);
  return { name: name === "" ? sourceNames(list) : name, ...loaded, golden };
}

function archiveOfRevision(revision: string, config: string): string | null {
  if (!/^[0-9a-f]{8,64}$/.test(revision) || existsSync(revision) || !existsSync(config)) return null;
  const { dataDir } = readConfig(config, { secrets: false });
  const archive = join(dataDir, "bundles", `${revision}.tar.gz`);
  return existsSync(archive) ? archive : null;
}
