import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { mergedSources } from "../build/build.ts";
import { writeSources } from "../build/write-sources.ts";
import { isLayered } from "../layers/merge.ts";
import { isLibrary, librarySource, type PolicySource, sourceLabels } from "../layers/policy-source.ts";
import type { SourceFile, Sources } from "../sources.ts";

/** Writes the policy and its tests as opa finds them, calls `work` with that folder, and removes it. @throws BundleFailure */
export async function withTestFolder<Result>(
  sources: Sources,
  tests: readonly SourceFile[],
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  return inTemporaryFolder("sallyport-tests-", async (workspace) => {
    const folder = join(workspace, "policy");
    const files = isLayered(sources.files) ? (await mergedSources(sources.files)).files : sources.files;
    await writeSources([...files, ...tests], folder);
    return work(folder);
  });
}

/**
 * Whether the lines of a file count for the coverage: those of the sources whose tests are run, which are the folders but for the library.
 */
export function isTestedFile(sources: readonly PolicySource[]): (file: string) => boolean {
  const [only, ...others] = sources;
  if (only?.kind === "folder" && others.length === 0) return () => true;
  const labels = sourceLabels(sources);
  const tested = sources.flatMap(({ kind, path }, index) =>
    kind === "folder" && !isLibrary(path) ? [`${labels[index]}/`] : [],
  );
  return (file) => tested.some((label) => file.startsWith(label));
}

/** Stands for the tests as they are; empty for none. */
export function digestOfTests(tests: readonly SourceFile[]): string {
  if (tests.length === 0) return "";
  const all = createHash("sha256");
  for (const { path, bytes } of tests) all.update(`${path.length}:${path}:${bytes.length}:`).update(bytes);
  return all.digest("hex");
}

/** The capabilities that come with the gateway: without network, and without the environment. */
export const gatewayCapabilities = join(librarySource.path, "capabilities.json");

/** Arguments for the schemas that the policy's folder has, and for these capabilities; else for those that it has. */
export function policyLimits(folder: string, capabilities?: string): string[] {
  const own = existsSync(join(folder, "capabilities.json")) ? "./capabilities.json" : undefined;
  const counts = capabilities ?? own;
  return [
    ...(counts === undefined ? [] : ["--capabilities", counts]),
    ...(existsSync(join(folder, "schemas")) ? ["--schema", "./schemas"] : []),
  ];
}
