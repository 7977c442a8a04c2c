import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BundlePolicy, PolicyFaults } from "../../bundles/active-policy.ts";
import { readArchive } from "../../bundles/archive/archive.ts";
import { buildSources, type Compiled } from "../../bundles/build/build.ts";
import { readsProvenance, readsRisk } from "../../bundles/projection/may-read.ts";
import { readSources, type Sources } from "../../bundles/sources.ts";
import { readConfig } from "../../config/read-config.ts";
import { createPolicyEngine } from "../../decide/engine.ts";
import type { HostedPolicy } from "../../decide/host/hosted-policy.ts";
import { limitsOf, type PolicyLimits } from "../../decide/host/limits.ts";
import type { Clock, Logger } from "../../domain/ports.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { configuredOpa } from "./opa.ts";

/** Absolute path of the folder in the argument, else the configuration's, else `rego` here. @throws CliFailure folder_missing, ConfigError */
export function policyFolder(argument: string | undefined, config: string): string {
  const folder = argument ?? (existsSync(config) ? configuredFolder(config) : "rego");
  const path = resolve(folder);
  if (!existsSync(path)) throw new CliFailure(exits.usage, "folder_missing", `There is no folder ${folder}.`);
  return path;
}

function configuredFolder(config: string): string {
  const { source } = readConfig(config, { secrets: false }).policy;
  if (source.kind === "folder") return source.path;
  throw new CliFailure(
    exits.usage,
    "folder_missing",
    `${config} names a built archive; say which folder with Rego files is meant.`,
  );
}

/** A policy folder, compiled and loaded as the gateway does it. */
export interface LoadedPolicy {
  readonly folder: string;
  readonly sources: Sources;
  readonly policy: BundlePolicy;
  /** The engine behind `policy`, for answers as Rego values. */
  readonly hosted: HostedPolicy;
}

/** Compiles the folder and loads it into the gateway's engine, with the limits of the configuration. @throws BundleFailure, ConfigError */
export async function loadPolicy(folder: string, config: string, clock: Clock): Promise<LoadedPolicy> {
  const out = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  try {
    const sources = await readSources(folder);
    const compiled = await buildSources(configuredOpa(config), sources, out);
    return { folder, sources, ...(await loadBuilt(compiled.archive, compiled, { config, clock })) };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Loads a built archive in the same way; which rules it has is not looked up. @throws BundleFailure, ConfigError */
export async function loadArchive(archive: string, config: string, clock: Clock): Promise<BundlePolicy> {
  return (await loadBuilt(archive, { rules: [], warnings: [] }, { config, clock })).policy;
}

async function loadBuilt(
  archive: string,
  { rules, warnings }: Pick<Compiled, "rules" | "warnings">,
  { config, clock }: { readonly config: string; readonly clock: Clock },
): Promise<Pick<LoadedPolicy, "policy" | "hosted">> {
  const { revision, digest, wasm, data, projections, results, exports } = await readArchive(archive);
  const hosted = await createPolicyEngine({ limits: configuredLimits(config) }).prepare(wasm, data, projections);
  const faults = new PolicyFaults(revision, { clock, logger: silent });
  const activatedAt = clock.now();
  const parts = { revision, digest, activatedAt, rules, results, exports, warnings, data, prepared: hosted, faults };
  const reads = { readsProvenance: readsProvenance(projections), readsRisk: readsRisk(projections) };
  return { policy: new BundlePolicy({ ...parts, ...reads }), hosted };
}

/** The verbs print the faults of a policy that they try; nothing is logged. */
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function configuredLimits(file: string): Partial<PolicyLimits> {
  return existsSync(file) ? limitsOf(readConfig(file, { secrets: false }).policy) : {};
}
