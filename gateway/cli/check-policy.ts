import { asLine, BundleFailure, TransientFailure } from "../bundles/failure.ts";
import { libraryWord, policySources } from "../bundles/layers/policy-source.ts";
import type { TriedPolicy } from "../compose/try-policy.ts";
import type { Config } from "../config/config.ts";
import type { SigningConfig } from "../config/policy-config.ts";
import type { Clock } from "../domain/ports.ts";
import type { JsonObject } from "../lib/json.ts";
import { ownCommand } from "./common/own-command.ts";
import { neededOpa } from "./policy/opa.ts";

/** What a start would find of the policy. */
export interface CheckedPolicy {
  /** Why the policy of the sources does not become active, one line each. */
  readonly problems: readonly string[];
  /** What the gateway does with these problems. */
  readonly outcome: string;
  readonly warnings: readonly string[];
  /** null where there is no policy yet. */
  readonly data: JsonObject | null;
}

/**
 * @throws CliFailure opa_missing; TransientFailure for a policy that cannot be read or built here now; CannotStart policy_history_unusable,
 * policy_cache_unusable; Error for a key that cannot be read
 */
export async function checkedPolicy(
  named: Config,
  { clock, skipSecrets }: { readonly clock: Clock; readonly skipSecrets: boolean },
): Promise<CheckedPolicy> {
  neededOpa();
  const config = skipSecrets ? withoutSecretKeys(named) : named;
  // Only here: most verbs need nothing of it.
  const { tryPolicy } = await import("../compose/try-policy.ts");
  const { tryShadow } = await import("../compose/shadow-candidate.ts");
  const tried = await tryPolicy(config, clock);
  const { failure, starts, data } = tried;
  // Says nothing about the policy, and ends a start.
  if (!starts && failure instanceof TransientFailure) throw failure;
  const unlooked = [
    ...(skipSecrets ? unverifiedBundles(named) : []),
    ...notLookedAt(named, tried),
    ...withoutCandidate(await tryShadow(config, clock)),
  ];
  const outcome = starts ? whatStarts(config, tried) : "the gateway does not start with this";
  const isTolerated = failure instanceof TransientFailure;
  const told = isTolerated ? tolerated(config, failure, outcome) : tried.warnings.map(asLine);
  return {
    problems: failure === null || isTolerated ? [] : linesOf(failure),
    outcome,
    warnings: [...unlooked, ...told.map((line) => `policy: ${line}`)],
    data: failure === null ? data : null,
  };
}

/** One line for each place, and one for a failure without any: its text may have lines of the file in it. */
function linesOf(failure: Error): string[] {
  const { message } = failure;
  const places = failure instanceof BundleFailure ? failure.locations : [];
  const named = message.split("\n");
  // The lines of the message have columns too.
  const lines = places.length === 0 ? [message] : places.length === named.length ? named : places.map(asLine);
  return lines.map((line) => line.replaceAll(/\s*\n\s*/g, " "));
}

/** What a start does where the sources give no policy and it goes on. */
function whatStarts({ policy }: Config, { instead, pin }: TriedPolicy): string {
  if (instead !== null)
    return `the gateway starts with revision ${instead}, which ${pin === null ? "judged last" : `is pinned by ${pin.by}`}`;
  const denies = "denies every call (policy_not_loaded) until";
  return policy.discovery === null
    ? `the gateway starts without a policy and ${denies} one becomes active`
    : `the gateway starts, and ${denies} a document of discovery is in force and a policy is active with its bundles`;
}

/** What is absent, and what the gateway does until it is there. */
function tolerated({ policy }: Config, failure: TransientFailure, outcome: string): string[] {
  const here = policySources(policy).flatMap(({ kind, path }) =>
    kind === "library" ? [libraryWord] : kind === "folder" ? [path] : [],
  );
  const others =
    here.length === 0
      ? ""
      : `. The policy folders that are here were not compiled; this compiles them: ${ownCommand(["policy", "check", ...here])}`;
  return [...linesOf(failure), `${outcome}${others}`];
}

/** A candidate decides nothing: a start without one is a start. */
function withoutCandidate(failure: BundleFailure | null): string[] {
  return failure === null
    ? []
    : [
        ...linesOf(failure).map((line) => `policy.shadow: ${line}`),
        "policy.shadow: the gateway starts, and no candidate judges beside the policy until this is mended",
      ];
}

/** What judges or prevents a start, and is not what was checked. */
function notLookedAt({ policy }: Config, { pin, historyProblem, failure }: TriedPolicy): string[] {
  const { require } = policy;
  const asked = [
    ...(require === null || require.impact === null ? [] : ["policy.require.impact"]),
    ...(require === null || require.approval === null ? [] : ["policy.require.approval"]),
  ];
  return [
    ...(historyProblem === null ? [] : [`policy: ${historyProblem}`]),
    ...(pin === null || failure !== null
      ? []
      : [
          `policy: revision ${pin.revision} is pinned by ${pin.by} and judges; what is checked here judges once the pin ends`,
        ]),
    ...(asked.length === 0
      ? []
      : [
          `policy: ${asked.join(" and ")} ${asked.length === 1 ? "is" : "are"} not looked at here; the gateway does at the start, and an edit may wait for it`,
        ]),
  ];
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
