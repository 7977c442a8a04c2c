import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { BundlePolicy } from "../../bundles/active/active-policy.ts";
import { type Archive, readArchive } from "../../bundles/archive/archive.ts";
import { buildSources, mergedSources } from "../../bundles/build/build.ts";
import type { Compiled } from "../../bundles/build/compile.ts";
import { writeSources } from "../../bundles/build/write-sources.ts";
import { moduleOf } from "../../bundles/layers/archive-files.ts";
import { withConfiguredPlaces } from "../../bundles/layers/configured-places.ts";
import {
  librarySource,
  libraryWord,
  type PolicySource,
  policySources,
  sourceNames,
} from "../../bundles/layers/policy-source.ts";
import { SourceList, testFiles } from "../../bundles/layers/read-list.ts";
import type { Sources } from "../../bundles/sources.ts";
import { readConfig } from "../../config/read-config.ts";
import type { HostedPolicy } from "../../decide/host/hosted-policy.ts";
import { limitsOf, type PolicyLimits } from "../../decide/host/limits.ts";
import type { Clock } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { CliFailure, exits } from "../common/verb.ts";
import { configuredOpa } from "./opa.ts";
import { policyOf, type PortablePolicy, portablePolicy } from "./portable-policy.ts";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";

/** What the arguments name, else the configuration, else `rego` here. @throws CliFailure source_missing, ConfigError */
export function policyList(named: readonly string[], config: string): readonly PolicySource[] {
  if (named.length > 0) return named.map(namedSource);
  if (!existsSync(config)) return [sourceWithout(config)];
  return policySources(readConfig(config, { secrets: false }).policy);
}

/** Where there is no configuration, and none was named. */
function sourceWithout(config: string): PolicySource {
  if (existsSync("rego")) return namedSource("rego");
  const message = `There is no ${config}: name the configuration with --config, or the folders of the policy.`;
  throw new CliFailure(exits.usage, "source_missing", message);
}

/** A path that is empty would be the working folder. `where`: what of the command line is meant. */
export function emptySource(where: string): CliFailure {
  const message = `${where} has a source without a name: name a folder, an archive, or the word ${libraryWord}.`;
  return new CliFailure(exits.usage, "source_missing", message);
}

function namedSource(name: string): PolicySource {
  if (name === libraryWord) return librarySource;
  if (name === "") throw emptySource("The command line");
  const path = resolve(name);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined) return { kind: stats.isDirectory() ? "folder" : "archive", path };
  throw new CliFailure(exits.usage, "source_missing", `There is no folder or archive ${name}.`);
}

/** A policy's sources as read, and a folder in which opa finds the same. */
interface PolicyFiles {
  /** As people named them. */
  readonly name: string;
  readonly sources: Sources;
  /** The folder of the only source; of several, one that they are written to. */
  readonly folder: string;
}

/**
 * Reads the sources, calls `work`, and removes what it wrote. `tests`: whether the folder needs the tests of the sources; those of
 * the library, which are about the demonstration's data, are left out.
 * @throws BundleFailure, CliFailure module_given
 */
export async function withPolicy<Result>(
  list: readonly PolicySource[],
  { tests = false }: { readonly tests?: boolean },
  work: (files: PolicyFiles) => Promise<Result>,
): Promise<Result> {
  const sources = await readPolicy(list);
  return withConfiguredPlaces(sources.files, () => inFolder(list, sources, { tests }, work));
}

async function inFolder<Result>(
  list: readonly PolicySource[],
  sources: Sources,
  { tests }: { readonly tests: boolean },
  work: (files: PolicyFiles) => Promise<Result>,
): Promise<Result> {
  const [only] = list;
  if (list.length === 1 && only?.kind === "folder") return work({ name: only.path, sources, folder: only.path });
  return inTemporaryFolder("sallyport-sources-", async (workspace) => {
    const folder = join(workspace, "policy");
    const { files } = await mergedSources(sources.files);
    await writeSources([...files, ...(tests ? await testFiles(list) : [])], folder);
    return await work({ name: sourceNames(list), sources, folder });
  });
}

/** @throws BundleFailure, and CliFailure module_given for an archive that is compiled already */
export async function readPolicy(list: readonly PolicySource[]): Promise<Sources> {
  const module = await moduleOf(list);
  if (module === null) return new SourceList({ list }).read();
  const message = `${module} is compiled already; name the folders or archives with its Rego files.`;
  throw new CliFailure(exits.usage, "module_given", message);
}

/** A policy, compiled and loaded as the gateway does it. */
export interface LoadedPolicy {
  readonly sources: Sources;
  readonly policy: BundlePolicy;
  /** The engine behind `policy`, for answers as Rego values. */
  readonly hosted: HostedPolicy;
  /** The same policy for other threads. */
  readonly portable: PortablePolicy;
  readonly data: JsonObject;
  /** Its rules that no recorded decision asks; null when an archive does not say which they are. */
  readonly unasked: Archive["unasked"];
}

/** Compiles the sources and loads them into the gateway's engine, with the limits of the configuration. @throws BundleFailure, ConfigError */
export async function loadPolicy(sources: Sources, config: string, clock: Clock): Promise<LoadedPolicy> {
  return inTemporaryFolder("sallyport-policy-", async (out) => {
    const compiled = await buildSources(configuredOpa(config), sources, out);
    return { sources, ...(await loadBuilt(compiled.archive, compiled, { config, clock })) };
  });
}

/** Loads a compiled archive in the same way; which rules it has is not looked up. @throws BundleFailure, ConfigError */
export function loadArchive(archive: string, config: string, clock: Clock): Promise<Omit<LoadedPolicy, "sources">> {
  return loadBuilt(archive, { rules: [], warnings: [] }, { config, clock });
}

async function loadBuilt(
  file: string,
  told: Pick<Compiled, "rules" | "warnings">,
  { config, clock }: { readonly config: string; readonly clock: Clock },
): Promise<Omit<LoadedPolicy, "sources">> {
  const archive = await readArchive(file);
  const portable = await portablePolicy(archive, configuredLimits(config));
  return { portable, unasked: archive.unasked, ...policyOf(portable, told, clock) };
}

function configuredLimits(file: string): Partial<PolicyLimits> {
  return existsSync(file) ? limitsOf(readConfig(file, { secrets: false }).policy) : {};
}
