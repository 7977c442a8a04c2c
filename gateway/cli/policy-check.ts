import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { buildSources } from "../bundles/build.ts";
import { keyedRules, keyedRulesWarning } from "../bundles/keyed-rules.ts";
import { parseOpaErrors } from "../bundles/opa-errors.ts";
import { asLine } from "../bundles/rule-checks/check-rules.ts";
import type { OpaCommand } from "../bundles/run-opa.ts";
import { readSources } from "../bundles/sources.ts";
import type { Cli } from "./cli.ts";
import { configuredOpa } from "./find-opa.ts";
import { opa, policyLimits } from "./opa.ts";
import { policyFolder } from "./policy-folder.ts";
import { configOption, verb } from "./verb.ts";

/** `sallyport policy check`: strict check against the schemas, then the compilation that the gateway would do. */
export function addPolicyCheck(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "check [folder]", "check that Rego compiles, strictly", ["policy check", "policy check rego --json"]),
  ).action(async function check(given: string | undefined, options: { config: string; json: boolean }) {
    const folder = policyFolder(given, options.config);
    const strict = await opa(["check", "--strict", "--bundle", ...policyLimits(folder), "."], folder);
    if (strict.status !== 0) throw parseOpaErrors(strict.stderr || strict.stdout, "compile");
    const { revision, rules, warnings } = await compiled(folder, configuredOpa(options.config));
    cli.printer.result(
      options.json,
      { ok: true, folder, revision, rules, warnings },
      [...warnings, `${folder} compiles: ${rules} rules, revision ${revision}`].join("\n"),
    );
  });
}

interface Compiled {
  readonly revision: string;
  readonly rules: number;
  readonly warnings: readonly string[];
}

async function compiled(folder: string, command: OpaCommand): Promise<Compiled> {
  const out = mkdtempSync(join(tmpdir(), "sallyport-check-"));
  try {
    const sources = await readSources(folder);
    const { rules, warnings: unasked } = await buildSources(command, sources, out);
    const slow = await keyedRules(command, folder, sources.files);
    const warnings = [...unasked.map(asLine), ...slow.map(keyedRulesWarning)];
    return { revision: sources.revision, rules: rules.length, warnings };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
