import { type Compiled, compileSources } from "./compile.ts";
import { checkData } from "./data/check-aside.ts";
import { asFailure, BundleFailure } from "./failure.ts";
import type { OpaCommand } from "./run-opa.ts";
import type { Sources } from "./sources.ts";

/** Checks the data and compiles the rules, at once. @throws BundleFailure with the mistakes of both */
export async function buildSources(opa: OpaCommand, sources: Sources, outDir: string): Promise<Compiled> {
  const [data, rules] = await Promise.allSettled([checkData(sources.files), compileSources(opa, sources, outDir)]);
  if (data.status === "fulfilled" && rules.status === "fulfilled")
    return { ...rules.value, warnings: [...rules.value.warnings, ...data.value] };
  const failures = [data, rules].flatMap((each) =>
    each.status === "rejected" ? [asFailure(each.reason, "compile")] : [],
  );
  const [first, second] = failures as [BundleFailure, BundleFailure?];
  // What opa says of data that cannot be read, it says of the same place.
  if (second === undefined || second.locations.every((one) => first.locations.some((it) => it.file === one.file)))
    throw first;
  throw new BundleFailure(first.stage, `${first.message}\n${second.message}`, [
    ...first.locations,
    ...second.locations,
  ]);
}
