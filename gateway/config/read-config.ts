import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findingsOf, inOurWords } from "../lib/schema-findings.ts";
import { type Finding, readYaml } from "../lib/yaml-places.ts";
import { checkAuthzen } from "./checks/authzen.ts";
import { checkChannelSecrets } from "./checks/channel-secrets.ts";
import { checkChannels } from "./checks/channels.ts";
import { checkDuplicates } from "./checks/duplicates.ts";
import { checkExposure } from "./checks/exposure.ts";
import { checkFiles } from "./checks/files.ts";
import { checkIssuers } from "./checks/issuers.ts";
import { checkLogin } from "./checks/login.ts";
import { checkRoutes } from "./checks/routes.ts";
import { checkReferences, checkSecrets } from "./checks/secrets.ts";
import { checkSigning, checkSigningSecrets } from "./checks/signing.ts";
import { checkTls } from "./checks/tls.ts";
import { ConfigError } from "./config-error.ts";
import type { Config } from "./config.ts";
import { draftOf } from "./draft.ts";
import { problemsOf } from "./problems.ts";
import { resolveConfig } from "./resolve-config.ts";
import { configSchema } from "./schema.ts";

const checks = [
  checkDuplicates,
  checkExposure,
  checkLogin,
  checkIssuers,
  checkRoutes,
  checkAuthzen,
  checkFiles,
  checkSigning,
  checkTls,
  checkReferences,
  checkChannels,
];

const secretChecks = [checkSecrets, checkChannelSecrets, checkSigningSecrets];

export interface ReadOptions {
  /** false: do not look whether the secrets are there, as in a build that has none. Default true. */
  readonly secrets?: boolean;
}

/**
 * Reads `sallyport.yaml`. Relative paths in it start from its own folder.
 * @throws ConfigError with every problem at once
 */
export function readConfig(path: string, options: ReadOptions = {}): Config {
  const file = resolve(path);
  const folder = dirname(file);
  const located = readYaml(textOf(path, file));
  if (located.faults.length > 0) {
    throw new ConfigError(located.faults.map(({ place, message }) => ({ file: path, ...place, key: "", message })));
  }
  const values = located.values ?? {};
  const parsed = configSchema.safeParse(values, { error: inOurWords });
  const draft = draftOf(values, folder);
  const findings: Finding[] = [
    ...findingsOf(parsed.error?.issues ?? [], configSchema),
    ...checks.flatMap((check) => check(draft)),
    ...(options.secrets === false ? [] : secretChecks.flatMap((check) => check(draft))),
  ];
  if (findings.length > 0 || !parsed.success) throw new ConfigError(problemsOf(path, located, findings));
  return resolveConfig(parsed.data, file, folder);
}

function textOf(path: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (failure) {
    const code = (failure as NodeJS.ErrnoException).code ?? "unknown error";
    const message = code === "ENOENT" ? "no such file" : `cannot be read (${code})`;
    throw new ConfigError([{ file: path, line: 1, column: 1, key: "", message }]);
  }
}
