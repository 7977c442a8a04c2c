import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { buildSources } from "../bundles/build/build.ts";
import { readSources } from "../bundles/sources.ts";
import type { Cli } from "./cli.ts";
import { configuredOpa } from "./find-opa.ts";
import { policyFolder } from "./policy-folder.ts";
import { configOption, verb } from "./verb.ts";

interface BuildOptions {
  readonly config: string;
  readonly json: boolean;
  readonly out: string;
  readonly revision?: string;
}

/** `sallyport policy build`: Rego in, one archive with the WASM module out. */
export function addPolicyBuild(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "build [folder]", "compile Rego into a bundle archive", [
      "policy build",
      "policy build rego --out build --json",
      "policy build --revision 2026.11-3",
    ]),
  )
    .option("--out <folder>", "where the archive goes", "bundles")
    .option("--revision <text>", "what the bundle is called; default: the digest of its sources", revisionText)
    .action(async function build(given: string | undefined, options: BuildOptions) {
      const read = await readSources(policyFolder(given, options.config));
      const sources = { ...read, revision: options.revision ?? read.revision };
      const { archive, rules } = await buildSources(configuredOpa(options.config), sources, resolve(options.out));
      const result = {
        ok: true,
        archive,
        revision: sources.revision,
        files: sources.files.length,
        rules: rules.length,
      };
      cli.printer.result(
        options.json,
        result,
        `${archive}\nrevision ${sources.revision}, ${sources.files.length} files, ${rules.length} rules`,
      );
    });
}

/** It names the archive too. */
function revisionText(value: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)) return value;
  throw new InvalidArgumentError("Expected letters, digits, '.', '_' and '-', beginning with a letter or digit.");
}
