import { join } from "node:path";
import { createBundles } from "../bundles/bundles.ts";
import { policySources } from "../bundles/layers/policy-source.ts";
import { readBundleTrust } from "../config/bundle-keys.ts";
import type { Config } from "../config/config.ts";
import { checkAnswer } from "../decide/decide.ts";
import { createPolicyEngine } from "../decide/engine.ts";
import { limitsOf } from "../decide/host/limits.ts";
import type { Bundles, Clock, Logger } from "../domain/ports.ts";
import { bundleMarks } from "../store/store-marks.ts";
import type { Connection } from "../store/connection.ts";

/** How the policy gets in: compiled from a folder, or a built bundle, signed where the configuration wants it. @throws Error for a key that cannot be read */
export function openDelivery(
  config: Config,
  connection: Connection,
  around: { clock: Clock; logger: Logger },
): Bundles {
  const { sources, signing, pollMs, buildTimeoutMs } = config.policy;
  if (sources.some(({ kind }) => kind === "archive") && signing === null)
    around.logger.warn("whoever can write the policy bundle decides what is allowed: policy.signing names no keys");
  return createBundles({
    engine: createPolicyEngine({ remembers: true, limits: limitsOf(config.policy) }),
    sources: policySources(config.policy),
    signing: signing === null ? null : { trust: readBundleTrust(signing, config), marks: bundleMarks(connection) },
    opa: { path: "opa", timeoutMs: buildTimeoutMs },
    pollMs,
    outDir: join(config.dataDir, "bundles"),
    ...around,
    checkAnswer,
  });
}
