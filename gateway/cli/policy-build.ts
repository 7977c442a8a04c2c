import { resolve } from "node:path";
import type { Command } from "commander";
import { compileSources } from "../bundles/compile.ts";
import { readSources } from "../bundles/sources.ts";
import type { Cli } from "./cli.ts";
import { findOpa } from "./find-opa.ts";
import { policyFolder } from "./policy-folder.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport policy build`: Rego in, one archive with the WASM module out. */
export function addPolicyBuild(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "build [folder]", "compile Rego into a bundle archive", [
      "policy build",
      "policy build rego --out bundles --json",
    ]),
  )
    .option("--out <folder>", "where the archive goes", "bundles")
    .action(async function build(given: string | undefined, options: { config: string; json: boolean; out: string }) {
      const sources = await readSources(policyFolder(given, options.config));
      const { archive, rules } = await compileSources(findOpa(), sources, resolve(options.out));
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
