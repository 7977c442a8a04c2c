import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inTemporaryFolder } from "../../lib/temporary-folder.ts";
import { type OpaCommand, opaOutput, parseOpaErrors } from "../../bundles/build/opa.ts";
import { asLine, BundleFailure } from "../../bundles/failure.ts";
import { gatewayCapabilities } from "../../bundles/require/test-folder.ts";
import type { JsonObject } from "../../lib/json.ts";
import { parseJson } from "../../lib/parse-json.ts";

export interface DocumentQuestion {
  readonly opa: OpaCommand;
  /** Steps from `data` to the document; none: all of `data`. */
  readonly decision: readonly string[];
  /** What its rules see as `opa.runtime()`. */
  readonly runtime: JsonObject;
}

/**
 * The document of a discovery bundle: its data, and what its rules make, as OPA evaluates it. Rules cannot call out, and
 * `opa.runtime()` has nothing of this process.
 * @throws BundleFailure, Error
 */
export async function evaluateDocument(file: string, { opa, decision, runtime }: DocumentQuestion): Promise<unknown> {
  return inTemporaryFolder("sallyport-discovery-", async (workspace) => {
    await writeFile(join(workspace, "capabilities.json"), await capabilities());
    const path = ["data", ...decision.map((step) => `[${JSON.stringify(step)}]`)].join("");
    const query = `${path} with opa.runtime as ${JSON.stringify(runtime)}`;
    const policy = ["--bundle", file, "--capabilities", "./capabilities.json"];
    const given = [...policy, "--format", "json", "--strict-builtin-errors"];
    const { status, stdout, stderr } = await opaOutput(opa, ["eval", ...given, query], workspace, "load");
    const { result = [], errors = [] } = status === 0 || stdout !== "" ? (parseJson(stdout) as Output) : {};
    if (errors.length > 0) throw mistakes(errors);
    if (status !== 0) throw parseOpaErrors(stderr, "load");
    const [found] = result;
    if (found === undefined) throw new Error(`the document is undefined: data${below(decision)} has no value`);
    return found.expressions[0]?.value;
  });
}

interface OpaError {
  readonly code?: string;
  readonly message: string;
  readonly location?: { readonly file: string; readonly row: number; readonly col: number };
}

interface Output {
  readonly errors?: readonly OpaError[];
  readonly result?: readonly { readonly expressions: readonly { readonly value: unknown }[] }[];
}

/** Files are named as those of every bundle are: behind the name of the bundle. */
function mistakes(errors: readonly OpaError[]): BundleFailure {
  const locations = errors.flatMap(({ code, message, location }) =>
    location === undefined || location.file === ""
      ? []
      : [
          {
            file: `discovery/${location.file.replace(/^\/+/, "")}`,
            line: location.row,
            column: location.col,
            message: code === undefined ? message : `${code}: ${message}`,
          },
        ],
  );
  const lines = locations.length > 0 ? locations.map(asLine) : errors.map(({ message }) => message);
  return new BundleFailure("load", lines.join("\n"), locations);
}

const below = (decision: readonly string[]): string => decision.map((step) => `.${step}`).join("");

/** Those of the gateway's policies, and `opa.runtime`, which the query replaces. */
async function capabilities(): Promise<string> {
  const known = parseJson(await readFile(gatewayCapabilities, "utf8")) as { readonly builtins: readonly object[] };
  const members = { dynamic: { key: { type: "string" }, value: { type: "any" } }, type: "object" };
  const runtime = { name: "opa.runtime", decl: { result: members, type: "function" }, nondeterministic: true };
  return JSON.stringify({ ...known, builtins: [...known.builtins, runtime] });
}
