import { execFile, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { JsonObject } from "../../../gateway/lib/json.ts";

const toolchain = fileURLToPath(new URL("../../../scripts/toolchain/opa", import.meta.url));
const GO_ENVIRONMENT = { ...process.env, GOFLAGS: "-mod=readonly -buildvcs=false -trimpath", CGO_ENABLED: "0" };

/** One of OPA's evaluation cases, compiled by OPA, with what OPA's interpreter says to it (scripts/toolchain/opa/cases). */
export interface Case {
  readonly note: string;
  readonly group: string;
  /** Base64; null when OPA's compiler refused the case. */
  readonly wasm: string | null;
  readonly compile_error?: string;
  readonly data?: JsonObject;
  /** Rego text; null when the case has no input. */
  readonly input: string | null;
  readonly sort_bindings: boolean;
  readonly strict_error: boolean;
  readonly want_defined: boolean | null;
  /** Rego text of the rows. */
  readonly want_result: string | null;
  readonly want_error: boolean;
  readonly want_error_code: string | null;
  readonly opa: { readonly rows: readonly Readonly<Record<string, string>>[] | null; readonly error?: string };
}

/** Where the pinned OPA module keeps its cases. */
export async function pinnedCases(): Promise<string> {
  const { stdout } = await promisify(execFile)(
    "go",
    ["list", "-m", "-f", "{{.Dir}}", "github.com/open-policy-agent/opa"],
    { cwd: toolchain, env: GO_ENVIRONMENT },
  );
  return `${stdout.trim()}/v1/test/cases/testdata/v1`;
}

/** Compiles the cases below `directory`, one after the other as they are asked for. @throws when Go is missing or a case file is not one */
export async function* readCases(directory: string): AsyncGenerator<Case> {
  const compiler = spawn("go", ["run", "./cases", directory], {
    cwd: toolchain,
    env: GO_ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number>((resolve, reject) => {
    compiler.once("error", (error) => reject(new Error("the case compiler needs Go on the PATH", { cause: error })));
    compiler.once("close", (code) => resolve(code ?? 1));
  });
  // A failure is reported where it is awaited, below; until then it must not count as unhandled.
  ended.catch(() => undefined);
  try {
    for await (const text of createInterface({ input: compiler.stdout })) yield JSON.parse(text) as Case;
    const code = await ended;
    if (code !== 0) throw new Error(`the case compiler ended with ${code}`);
  } finally {
    compiler.kill();
  }
}
