import type { BuildCache } from "../cache/build-cache.ts";
import { filesKey } from "../cache/keys.ts";
import type { SourceFile, Sources } from "../sources.ts";
import { type OpaCommand, runOpa } from "./opa.ts";
import { capabilities } from "./write-sources.ts";

export interface FieldCheck {
  readonly opa: OpaCommand;
  readonly sources: Sources;
  /** As OPA gets them. */
  readonly files: readonly SourceFile[];
  /** Folder with these files. */
  readonly source: string;
  readonly cache: BuildCache;
}

/**
 * Checks the rules against the policy's own schemas, when it has any: a rule that reads a field that does not exist is
 * undefined, so that its deny has no effect. `opa build` itself takes no schemas. OPA sees all files together: in a part of a policy, a
 * reference to a rule that is not there has no type, and is taken for right. The same files are not checked again.
 * @throws BundleFailure
 */
export async function checkFields({ opa, sources, files, source, cache }: FieldCheck): Promise<void> {
  if (!files.some(({ path }) => path.startsWith("schemas/"))) return;
  const key = await filesKey(files);
  if ((await cache.get("fields", key)) !== null) return;
  await runOpa(opa, ["check", "--bundle", "--schema", "./schemas", ...capabilities(sources), "."], source, "compile");
  await cache.put("fields", key, Buffer.alloc(0));
}
