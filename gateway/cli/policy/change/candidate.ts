import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type GoldenCase, goldenCases } from "../../../bundles/golden-cases.ts";
import { readConfig } from "../../../config/read-config.ts";
import type { BundlePolicy } from "../../../bundles/active-policy.ts";
import type { Clock } from "../../../domain/ports.ts";
import { CliFailure, exits } from "../../common/verb.ts";
import { loadArchive, loadPolicy } from "../load-policy.ts";

/** A policy that may become active, or one that was. */
export interface Candidate {
  /** As people named it. */
  readonly name: string;
  readonly policy: BundlePolicy;
  /** Its golden cases; none of an archive. */
  readonly golden: readonly GoldenCase[];
}

/**
 * A folder with Rego, a built archive, or a revision that the gateway has built and still keeps.
 * @throws CliFailure policy_missing, BundleFailure
 */
export async function loadCandidate(name: string, config: string, clock: Clock): Promise<Candidate> {
  const path = existsSync(name) ? resolve(name) : archiveOfRevision(name, config);
  if (path === null) {
    const message = `${name} is no folder, no archive, and no revision that ${config} keeps in its data folder.`;
    throw new CliFailure(exits.usage, "policy_missing", message);
  }
  if (statSync(path).isFile()) return { name, policy: await loadArchive(path, config, clock), golden: [] };
  const { policy, sources } = await loadPolicy(path, config, clock);
  return { name, policy, golden: goldenCases(sources).filter(({ file }) => file !== null) };
}

function archiveOfRevision(revision: string, config: string): string | null {
  if (!/^[0-9a-f]{8,32}$/.test(revision) || !existsSync(config)) return null;
  const { dataDir } = readConfig(config, { secrets: false });
  const archive = join(dataDir, "bundles", `${revision}.tar.gz`);
  return existsSync(archive) ? archive : null;
}
