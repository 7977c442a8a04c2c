import type { BundlePolicy } from "../../bundles/active/active-policy.ts";
import { type JudgingArchive, judgingPolicy } from "../../bundles/active/judging-policy.ts";
import type { Archive } from "../../bundles/archive/archive.ts";
import type { Compiled } from "../../bundles/build/compile.ts";
import { createPolicyEngine } from "../../decide/engine.ts";
import type { HostedPolicy } from "../../decide/host/hosted-policy.ts";
import type { PolicyLimits } from "../../decide/host/limits.ts";
import type { LoadedModule } from "../../decide/host/prepare.ts";
import type { Clock } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";

/** A policy as it can be sent to threads: its module is compiled once for all of them. */
export interface PortablePolicy {
  readonly archive: Omit<JudgingArchive, "data">;
  /** The bytes of data.json. */
  readonly data: Uint8Array;
  readonly loaded: LoadedModule;
  readonly limits: Partial<PolicyLimits>;
}

/** @throws Error when the module asks for a builtin the host lacks, or does not fit into memory */
export async function portablePolicy(archive: Archive, limits: Partial<PolicyLimits>): Promise<PortablePolicy> {
  const { revision, digest, wasm, dataBytes, projections, results, exports } = archive;
  const loaded = await createPolicyEngine({ limits }).loadModule(wasm, dataBytes);
  return { archive: { revision, digest, projections, results, exports }, data: dataBytes, loaded, limits };
}

/** On the thread that calls it. */
export function policyOf(
  { archive, data: bytes, loaded, limits }: PortablePolicy,
  told: Pick<Compiled, "rules" | "warnings">,
  clock: Pick<Clock, "now">,
): { readonly policy: BundlePolicy; readonly hosted: HostedPolicy; readonly data: JsonObject } {
  const data = parseJson(Buffer.from(bytes).toString("utf8")) as JsonObject;
  const hosted = createPolicyEngine({ limits }).hosted(loaded, data, archive.projections);
  return { policy: judgingPolicy({ ...archive, data }, hosted, told, clock), hosted, data };
}
