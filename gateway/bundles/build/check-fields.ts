import { join } from "node:path";
import { packEntries } from "../archive/entries.ts";
import type { BuildCache } from "../cache/build-cache.ts";
import { filesKey } from "../cache/keys.ts";
import { TransientFailure } from "../failure.ts";
import type { SourceFile, Sources } from "../sources.ts";
import { type OpaCommand, runOpa } from "./opa.ts";
import { withTypedData } from "./typed-data.ts";
import { capabilities, writeSources } from "./write-sources.ts";

export interface FieldCheck {
  readonly opa: OpaCommand;
  readonly sources: Sources;
  readonly files: readonly SourceFile[];
  /** Folder with the schemas and capabilities among them. */
  readonly source: string;
  /** Folder for what is made meanwhile. */
  readonly workspace: string;
  readonly cache: BuildCache;
  /** Aborted when the build has failed, so that no further OPA is started for it. */
  readonly signal: AbortSignal;
}

/**
 * Checks the rules against the policy's own schemas, when it has any: a rule that reads a field that does not exist is
 * undefined, so that its deny has no effect. `opa build` itself takes no schemas. OPA sees all files together: in a part of a policy, a
 * reference to a rule that is not there has no type, and is taken for right. The same files are not checked again.
 * @throws BundleFailure
 */
export async function checkFields(check: FieldCheck): Promise<void> {
  const { opa, sources, files, workspace, cache, signal } = check;
  if (!files.some(({ path }) => path.startsWith("schemas/"))) return;
  const key = await filesKey(files);
  if ((await cache.get("fields", key)) !== null) return;
  if (!(await isRightWithTypedData(check))) {
    signal.throwIfAborted();
    // As they were written: what OPA builds lacks the schemas of METADATA where they could be hidden from it.
    const whole = join(workspace, "whole");
    await writeSources(files, whole);
    await runOpa(opa, ["check", "--bundle", "--schema", "./schemas", ...capabilities(sources), "."], whole, "compile");
  }
  await cache.put("fields", key, Buffer.alloc(0));
}

/**
 * The same check, whose time does not grow with the square of the rules. It gives every rule the types that otherwise hold where METADATA
 * says so; what it refuses is judged by the other, which also tells where the mistakes are.
 */
async function isRightWithTypedData({ opa, sources, files, source, workspace }: FieldCheck): Promise<boolean> {
  const typed = withTypedData(files);
  if (typed === null) return false;
  const archive = join(workspace, "typed.tar.gz");
  await packEntries(
    typed.map(({ path, bytes }) => ({ header: { name: `/${path}` }, bytes })),
    archive,
  );
  const args = ["check", "--bundle", "--schema", "./schemas", ...capabilities(sources), archive];
  return runOpa(opa, args, source, "compile").then(
    () => true,
    (error: unknown) => {
      if (error instanceof TransientFailure) throw error;
      return false;
    },
  );
}
