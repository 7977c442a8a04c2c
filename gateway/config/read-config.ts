import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemReason } from "../lib/open-files.ts";
import { dotted, findingsOf, inOurWords } from "../lib/schema-findings.ts";
import { type Finding, type Located, readYaml } from "../lib/yaml-places.ts";
import { checkAuthorization } from "./checks/authorization.ts";
import { checkBridges } from "./checks/bridges.ts";
import { checkBundleServices } from "./checks/bundle-services.ts";
import { checkServiceKeys } from "./checks/service-credentials.ts";
import { checkAuthzen } from "./checks/authzen.ts";
import { checkChannels } from "./checks/channels.ts";
import { checkAwsCredentials } from "./checks/aws-credentials.ts";
import { checkCredentials } from "./checks/credentials.ts";
import { checkDuplicates } from "./checks/duplicates.ts";
import { checkExposure, checkLogin, checkTls } from "./checks/listeners.ts";
import { checkIssuers } from "./checks/issuers.ts";
import { checkPersonCredentials, checkSealingKeys } from "./checks/person-credentials.ts";
import { checkLimits } from "./checks/limits.ts";
import { checkPolicy } from "./checks/policy.ts";
import { checkPins } from "./checks/pins.ts";
import { checkRoutes } from "./checks/routes.ts";
import { checkShip } from "./checks/ship.ts";
import { checkSignals } from "./checks/signals.ts";
import { checkStore, checkStoreUrl } from "./checks/store.ts";
import { checkTaskText } from "./checks/task-text.ts";
import { checkRegistry } from "./checks/registry.ts";
import { checkTasks } from "./checks/tasks.ts";
import { settingsWithoutEffect } from "./checks/without-effect.ts";
import { checkVaultCredentials } from "./checks/vault-credentials.ts";
import {
  checkChannelSecrets,
  checkDigestKey,
  checkLogKey,
  checkReferences,
  checkSecrets,
  checkSigningSecrets,
} from "./checks/secrets.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { type MergedConfig, mergedWithOpa } from "./opa/opa-config.ts";
import type { Config } from "./config.ts";
import { draftOf } from "./draft.ts";
import { resolveConfig } from "./resolve-config.ts";
import { configSchema } from "./schema.ts";

const checks = [
  checkDuplicates,
  checkExposure,
  checkLogin,
  checkIssuers,
  checkRoutes,
  checkPins,
  checkBridges,
  checkCredentials,
  checkVaultCredentials,
  checkAwsCredentials,
  checkPersonCredentials,
  checkAuthorization,
  checkAuthzen,
  checkTaskText,
  checkLimits,
  checkRegistry,
  checkTasks,
  checkPolicy,
  checkBundleServices,
  checkTls,
  checkReferences,
  checkChannels,
  checkSignals,
  checkShip,
  checkStore,
];

const secretChecks = [
  checkSecrets,
  checkChannelSecrets,
  checkDigestKey,
  checkLogKey,
  checkSigningSecrets,
  checkServiceKeys,
  checkSealingKeys,
  checkStoreUrl,
];

interface ReadOptions {
  /** false: do not check that the secrets exist, as in a build that has none. Default true. */
  readonly secrets?: boolean;
  /** An OPA configuration whose services, bundles, status, decision logs and labels are taken too. */
  readonly opaConfig?: string | null;
  /** Gets a line for each option, also of the OPA configuration, that has no effect. */
  readonly warn?: (line: string) => void;
}

/**
 * Reads `sallyport.yaml`. Relative paths in it start from its own folder.
 * @throws ConfigError with every problem at once
 */
export function readConfig(path: string, options: ReadOptions = {}): Config {
  const file = resolve(path);
  const folder = dirname(file);
  const located = yamlOf(path);
  const opa =
    options.opaConfig === undefined || options.opaConfig === null ? null : readOpa(options.opaConfig, located);
  const values = opa?.merged.values ?? located.values ?? {};
  const parsed = configSchema.safeParse(values, { error: inOurWords });
  const draft = draftOf(values, folder);
  const findings: Finding[] = [
    ...findingsOf(parsed.error?.issues ?? [], configSchema),
    ...checks.flatMap((check) => check(draft)),
    ...(options.secrets === false ? [] : secretChecks.flatMap((check) => check(draft))),
  ];
  if (findings.length > 0 || !parsed.success) throw new ConfigError(problemsOf(path, located, findings, opa));
  if (opa !== null)
    for (const problem of inOrder(opa.merged.ignored.map((one) => problemIn(opa, one))))
      options.warn?.(problemLine(problem));
  for (const problem of problemsOf(path, located, settingsWithoutEffect(draft, values as JsonValue), opa))
    options.warn?.(problemLine(problem));
  return resolveConfig(parsed.data, { file, place: located.place }, folder);
}

/**
 * What the file says, with the configuration of OPA in it where one is named, before it is read as options. For who has rules of their own
 * about it: `readConfig` says whether it is right.
 * @throws ConfigError when it is no YAML
 */
export function configDocument(path: string, opaConfig: string | null = null): JsonValue {
  const located = yamlOf(path);
  return (opaConfig === null ? located.values : readOpa(opaConfig, located).merged.values) as JsonValue;
}

interface OpaFile {
  readonly path: string;
  readonly located: Located;
  readonly merged: MergedConfig;
}

/** @throws ConfigError */
function readOpa(path: string, own: Located): OpaFile {
  const located = yamlOf(path);
  const values = (located.values ?? {}) as JsonValue;
  if (!isJsonObject(values))
    throw new ConfigError([{ file: path, line: 1, column: 1, key: "", message: "expected a mapping" }]);
  const ours = (own.values ?? {}) as JsonValue;
  const opa = { path, located, merged: mergedWithOpa(isJsonObject(ours) ? ours : {}, values) };
  const { faults } = opa.merged;
  if (faults.length > 0) throw new ConfigError(inOrder(faults.map((one) => problemIn(opa, one))));
  return opa;
}

function problemIn({ path, located }: OpaFile, finding: Finding): ConfigProblem {
  return {
    file: path,
    ...located.place(finding.path, finding.at),
    key: dotted(finding.path),
    message: finding.message,
  };
}

/** @throws ConfigError when there is no such file, or it is no YAML */
function yamlOf(path: string): Located {
  const located = readYaml(textOf(path));
  if (located.faults.length === 0) return located;
  throw new ConfigError(located.faults.map(({ place, message }) => ({ file: path, ...place, key: "", message })));
}

function textOf(path: string): string {
  try {
    return readFileSync(resolve(path), "utf8");
  } catch (failure) {
    const reason = systemReason(failure) ?? "unknown error";
    const message = reason === "ENOENT" ? "no such file" : `cannot be read (${reason})`;
    throw new ConfigError([{ file: path, line: 1, column: 1, key: "", message }]);
  }
}

/** One mistake in a configuration file. Lines and columns count from 1. */
interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Dotted path of the option, e.g. `routes[0].upstream.origin`; empty for the file itself. */
  readonly key: string;
  readonly message: string;
}

/** The configuration is refused; every problem in it is listed, in the file's order. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map(problemLine).join("\n"));
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** `file:line:column key: message`, the form editors can jump to. */
function problemLine(problem: ConfigProblem): string {
  const place = `${problem.file}:${problem.line}:${problem.column}`;
  return problem.key === "" ? `${place} ${problem.message}` : `${place} ${problem.key}: ${problem.message}`;
}

/** What comes from the OPA configuration is told with its place there. */
function problemsOf(
  file: string,
  located: Located,
  findings: readonly Finding[],
  opa: OpaFile | null,
): ConfigProblem[] {
  const problems = findings.map((finding) => {
    const origin = opa?.merged.origin(finding.path) ?? null;
    if (opa !== null && origin !== null) return problemIn(opa, { ...finding, path: origin });
    const place = located.place(finding.path, finding.at);
    return { file, ...place, key: dotted(finding.path), message: finding.message };
  });
  return inOrder(problems);
}

/** In the file's order. */
function inOrder(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column || compare(a.key, b.key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
