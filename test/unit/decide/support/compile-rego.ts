import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { readArchive } from "../../../../gateway/bundles/archive/archive.ts";
import type { JsonObject } from "../../../../gateway/lib/json.ts";
import type { InputDocument, PolicyInput } from "../../../../gateway/domain/policy-input.ts";

/** The pinned compiler that the set-up script put into the checkout. */
export const opa = fileURLToPath(new URL("../../../../.tools/bin/opa", import.meta.url));

export interface CompiledRego {
  readonly wasm: Uint8Array;
  readonly data: JsonObject;
}

/** Compiles Rego files (path → text) with the real compiler, as the gateway does. */
export async function compileRego(
  files: Readonly<Record<string, string>>,
  entrypoints: readonly string[],
  { prints = true }: { readonly prints?: boolean } = {},
): Promise<CompiledRego> {
  const folder = await mkdtemp(join(tmpdir(), "sallyport-test-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, "src", path)), { recursive: true });
      await writeFile(join(folder, "src", path), text);
    }
    const asked = entrypoints.flatMap((entrypoint) => ["-e", entrypoint]);
    const print = prints ? ["--wasm-include-print"] : [];
    const args = ["build", "-b", "-t", "wasm", ...print, ...asked, "-r", "test", "-o", "../b.tar.gz", "."];
    await promisify(execFile)(opa, args, { cwd: join(folder, "src") });
    const { wasm, data } = await readArchive(join(folder, "b.tar.gz"));
    return { wasm, data };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Any JSON document as a policy input. */
export function inputOf(document: unknown): PolicyInput {
  return { document: document as InputDocument, text: JSON.stringify(document) };
}
