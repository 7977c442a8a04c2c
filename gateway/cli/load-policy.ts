import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BundlePolicy, PolicyFaults } from "../bundles/active-policy.ts";
import { readArchive } from "../bundles/archive/archive.ts";
import { buildSources } from "../bundles/build/build.ts";
import { readSources, type Sources } from "../bundles/sources.ts";
import { readConfig } from "../config/read-config.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import type { HostedPolicy } from "../decide/host/hosted-policy.ts";
import { limitsOf, type PolicyLimits } from "../decide/host/limits.ts";
import type { Clock, Logger } from "../domain/ports.ts";
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
    const { archive, rules, warnings } = await buildSources(configuredOpa(config), sources, out);
    const { revision, digest, wasm, data, projections } = await readArchive(archive);
    const hosted = await createPolicyEngine({ limits: configuredLimits(config) }).prepare(wasm, data, projections);
    const faults = new PolicyFaults(revision, { clock, logger: silent });
    const activatedAt = clock.now();
    const parts = { revision, digest, activatedAt, rules, warnings, data, prepared: hosted, faults };
    return { folder, sources, policy: new BundlePolicy(parts), hosted };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Faults of a policy that is only tried are part of the answer, not of a log. */
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function configuredLimits(file: string): Partial<PolicyLimits> {
  return existsSync(file) ? limitsOf(readConfig(file, { secrets: false }).policy) : {};
}
