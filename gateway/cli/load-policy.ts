import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BundlePolicy } from "../bundles/active-policy.ts";
import { readArchive } from "../bundles/archive.ts";
import { buildSources } from "../bundles/build.ts";
import { readSources, type Sources } from "../bundles/sources.ts";
import { readConfig } from "../config/read-config.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import type { HostedPolicy } from "../decide/host/hosted-policy.ts";
import { limitsOf, type PolicyLimits } from "../decide/host/limits.ts";
import type { Clock } from "../domain/ports.ts";
import { configuredOpa } from "./find-opa.ts";

/** A policy folder as the gateway would run it. */
export interface LoadedFolder {
  readonly folder: string;
  readonly sources: Sources;
  readonly policy: BundlePolicy;
  /** The engine below it, for whoever needs Rego's own values. */
  readonly hosted: HostedPolicy;
}

/** Compiles the folder and loads it into the gateway's own engine, under the configuration's limits. @throws BundleFailure, ConfigError */
export async function loadPolicy(folder: string, config: string, clock: Clock): Promise<LoadedFolder> {
  const out = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  try {
    const sources = await readSources(folder);
    const { archive, rules } = await buildSources(configuredOpa(config), sources, out);
    const { revision, digest, wasm, data, projections } = await readArchive(archive);
    const hosted = await createPolicyEngine({ limits: configuredLimits(config) }).prepare(wasm, data, projections);
    const policy = new BundlePolicy({ revision, digest, activatedAt: clock.now(), rules, data, prepared: hosted });
    return { folder, sources, policy, hosted };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function configuredLimits(file: string): Partial<PolicyLimits> {
  return existsSync(file) ? limitsOf(readConfig(file, { secrets: false }).policy) : {};
}
