import { asLine, TransientFailure } from "../bundles/failure.ts";
import { libraryWord, policySources } from "../bundles/layers/policy-source.ts";
import { NoPolicy } from "../compose/start-policy.ts";
import type { Config } from "../config/config.ts";
import { environmentWithout } from "../config/environment.ts";
import type { SigningConfig } from "../config/policy-config.ts";
import type { Clock } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { ownCommand } from "./common/own-command.ts";
import { findOpa } from "./policy/opa.ts";

/** What a start would find of the policy. */
export interface CheckedPolicy {
  /** Why the gateway does not start, one line each. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  /** null where there is no policy yet. */
  readonly data: JsonObject | null;
}

/** @throws CliFailure opa_missing, policy_unavailable; Error for a key or a history that cannot be read */
export async function checkedPolicy(
  named: Config,
  { clock, skipSecrets }: { readonly clock: Clock; readonly skipSecrets: boolean },
): Promise<CheckedPolicy> {
  const path = findOpa();
  const config = skipSecrets ? withoutSecretKeys(named) : named;
  const unverified = skipSecrets ? unverifiedBundles(named) : [];
  // Only here: most verbs need nothing of it.
  const { tryPolicy } = await import("../compose/try-policy.ts");
  const opa = { path, environment: environmentWithout("OPA_"), timeoutMs: config.policy.buildTimeoutMs };
  try {
    const { absent, instead, warnings, data } = await tryPolicy(config, { opa, clock });
    const told = warnings.map((warning) => `policy: ${asLine(warning)}`);
    return {
      problems: [],
      warnings: [...unverified, ...(absent.length === 0 ? told : tolerated(config, absent, instead))],
      data,
    };
  } catch (failure) {
    // Any other failure says nothing about the policy.
    if (!(failure instanceof NoPolicy) || failure.cause instanceof TransientFailure) throw failure;
    const { cause } = failure;
    return {
      problems: (cause instanceof Error ? cause : failure).message.split("\n"),
      warnings: unverified,
      data: null,
    };
  }
}

/** What is absent, and what the gateway does until it is there. */
function tolerated({ policy }: Config, absent: readonly string[], instead: string | null): string[] {
  const here = policySources(policy).flatMap(({ kind, path }) =>
    kind === "library" ? [libraryWord] : kind === "folder" ? [path] : [],
  );
  const others = here.length === 0 ? "" : `. What is here is checked by: ${ownCommand(["policy", "check", ...here])}`;
  const until =
    instead === null
      ? "the gateway starts without a policy and denies every call (policy_not_loaded) until one becomes active"
      : `the gateway starts with revision ${instead}, which judged last or is pinned`;
  return [...absent.map((line) => `policy: ${line}`), `policy: ${until}${others}`];
}

/** The signatures that a secret verifies, which is not looked for. */
function withoutSecretKeys(config: Config): Config {
  const { policy } = config;
  const sources = policy.sources.map((source) =>
    source.kind === "bundle" && needsSecret(source.signing) ? { ...source, signing: null } : source,
  );
  return { ...config, policy: { ...policy, sources, signing: needsSecret(policy.signing) ? null : policy.signing } };
}

function unverifiedBundles({ policy: { sources, signing } }: Config): string[] {
  const blocks = [signing, ...sources.map((source) => (source.kind === "bundle" ? source.signing : null))];
  return blocks.some(needsSecret)
    ? [
        "policy: signatures by a secret key are not verified with --skip-secrets; the gateway verifies them at the start",
      ]
    : [];
}

function needsSecret(signing: SigningConfig | null): boolean {
  return signing !== null && [...signing.keys.values()].some(({ from }) => "secret" in from);
}
