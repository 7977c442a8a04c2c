import { basename, dirname } from "node:path";
import { readArchive } from "../archive/archive.ts";
import { inspectRules } from "../build/rule-metadata.ts";
import type { BundlesOptions } from "../bundles-options.ts";
import { goldenCases } from "../golden-cases.ts";
import { checkRules } from "../rule-checks/check-rules.ts";
import { checkOrder, type Signed, type Verify } from "../signatures/verify.ts";
import { activate } from "./activate.ts";
import type { BundlePolicy } from "./active-policy.ts";

/** An archive with a compiled module as a policy that is checked and ready to judge. @throws BundleFailure */
export async function policyOfArchive(
  copy: string,
  verify: Verify | null,
  options: BundlesOptions,
): Promise<{ readonly policy: BundlePolicy; readonly signed: Signed | null }> {
  const { opa, cache, signing = null } = options;
  const archive = await readArchive(copy, verify, cache);
  const { revision, signed } = archive;
  if (signing !== null && signed !== null) await checkOrder(revision, signed, signing.marks);
  const inspected = await inspectRules(opa, `./${basename(copy)}`, dirname(copy), "load");
  const { rules, optional, resultsByExports: exportsAsTheyAre } = inspected;
  const found = { modules: null, origins: null, roots: [], known: null };
  const { warnings } = await checkRules({ opa, archive: copy, ...found, optional, exportsAsTheyAre }, "load");
  const told = { rules, warnings: [...warnings, ...archive.warnings] };
  return { policy: await activate(archive, told, goldenCases(null), options), signed };
}
