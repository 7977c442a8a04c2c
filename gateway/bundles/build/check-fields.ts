import { join } from "node:path";
import type { BuildCache } from "../cache/build-cache.ts";
import { filesKey } from "../cache/keys.ts";
import { TransientFailure } from "../failure.ts";
import type { SourceFile, Sources } from "../sources.ts";
import { fieldParts } from "./field-parts.ts";
import { type OpaCommand, runOpa } from "./opa.ts";
import { capabilities, writeSources } from "./write-sources.ts";

export interface FieldCheck {
  readonly opa: OpaCommand;
  readonly sources: Sources;
  /** Folder with all files as OPA gets them. */
  readonly source: string;
  /** Folder for parts. */
  readonly workspace: string;
  readonly cache: BuildCache;
}

/** Processes at once: beside them, the same rules are compiled. */
const TOGETHER = 2;

/**
 * Checks the rules against the policy's own schemas, when it has any: a rule that reads a field that does not exist is
 * undefined, so that its deny has no effect. `opa build` itself takes no schemas. Many rules are checked in parts, of which those that
 * were right before are not checked again; where one is wrong, OPA sees all of them and says what is.
 * @returns whether OPA has seen all files together @throws BundleFailure
 */
export async function checkFields(check: FieldCheck): Promise<boolean> {
  const { sources } = check;
  if (!sources.files.some(({ path }) => path.startsWith("schemas/"))) return true;
  const parts = fieldParts(sources.files);
  if (parts !== null && (await areRight(parts, check))) return false;
  await checkTogether(check);
  return true;
}

/** All files at once. @throws BundleFailure */
export async function checkTogether({ opa, sources, source }: FieldCheck): Promise<void> {
  await runOpa(opa, fieldArguments(sources), source, "compile");
}

function fieldArguments(sources: Sources): string[] {
  return ["check", "--bundle", "--schema", "./schemas", ...capabilities(sources), "."];
}

async function areRight(parts: readonly (readonly SourceFile[])[], check: FieldCheck): Promise<boolean> {
  const waiting = [...parts.entries()];
  let right = true;
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && right; next = waiting.shift())
      right = (await isRight(next, check)) && right;
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
  return right;
}

async function isRight([index, files]: readonly [number, readonly SourceFile[]], check: FieldCheck): Promise<boolean> {
  const { opa, sources, workspace, cache } = check;
  const key = await filesKey(files);
  if ((await cache.get("fields", key)) !== null) return true;
  const folder = join(workspace, `fields-${index}`);
  await writeSources(files, folder);
  try {
    await runOpa(opa, fieldArguments(sources), folder, "compile");
  } catch (error) {
    if (error instanceof TransientFailure) throw error;
    return false;
  }
  await cache.put("fields", key, Buffer.alloc(0));
  return true;
}
