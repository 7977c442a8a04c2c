import type { Command } from "commander";
import { asLine, keyedRules, keyedRulesWarning } from "../bundles/rule-checks/check-rules.ts";
import { parseOpaErrors } from "../bundles/build/opa.ts";
import type { Cli } from "./cli.ts";
import { configuredOpa } from "./find-opa.ts";
import { loadPolicy } from "./load-policy.ts";
import { opa, policyLimits } from "./opa.ts";
import { policyFolder } from "./policy-folder.ts";
import { tryPolicy } from "./try-policy.ts";
import { configOption, verb } from "./verb.ts";

/**
 * `sallyport policy check`: strict check against the schemas, the compilation that the gateway would do, the golden cases,
 * and many questions made from them.
 */
export function addPolicyCheck(noun: Command, cli: Cli): void {
  configOption(
    verb(noun, "check [folder]", "check that Rego compiles, strictly", ["policy check", "policy check rego --json"]),
  ).action(async function check(given: string | undefined, options: { config: string; json: boolean }) {
    const folder = policyFolder(given, options.config);
    const strict = await opa(["check", "--strict", "--bundle", ...policyLimits(folder), "."], folder);
    if (strict.status !== 0) throw parseOpaErrors(strict.stderr || strict.stdout, "compile");
    const command = configuredOpa(options.config);
    const loaded = await loadPolicy(folder, options.config, cli.clock);
    const { revision, rules, warnings: unasked } = loaded.policy;
    const slow = await keyedRules(command, folder, loaded.sources.files);
    const warnings = [...unasked.map(asLine), ...slow.map(keyedRulesWarning)];
    const questions = await tryPolicy(loaded, command);
    const verdict = `${folder} compiles: ${rules.length} rules, revision ${revision}; ${questions} questions answered`;
    cli.printer.result(
      options.json,
      { ok: true, folder, revision, rules: rules.length, questions, warnings },
      [...warnings, verdict].join("\n"),
    );
  });
}
