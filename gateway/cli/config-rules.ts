import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { environmentOf } from "../config/environment.ts";
import { isJsonObject, type JsonValue } from "../lib/json.ts";
import { CliFailure, exits } from "./common/verb.ts";
import { readAnswer, runOpa } from "./policy/opa.ts";
import { inTemporaryFolder } from "../lib/temporary-folder.ts";

/** Names of rules as Conftest has them (https://www.conftest.dev/#evaluating-policies): `deny`, `deny_names`, `violation`, `warn`. */
const denying = /^(?:deny|violation)(?:_[a-zA-Z0-9_]+)?$/;
const warning = /^warn(?:_[a-zA-Z0-9_]+)?$/;

/**
 * Evaluates a folder of Rego, its rules in package `main`, with a configuration as `input`: what the file says, without defaults.
 * @returns what they warn of, each message with its rule
 * @throws CliFailure when they deny it, they cannot be evaluated, or none of them can say anything
 */
export async function warnedByRules(file: string, document: JsonValue, folder: string): Promise<string[]> {
  if (!existsSync(folder))
    throw new CliFailure(exits.usage, "rules_missing", `${folder}: there is no such folder of rules`);
  const value = await evaluated(resolve(folder), document);
  const rules = Object.entries(isJsonObject(value) ? value : {});
  const [denials, warnings] = [denying, warning].map((names) => rules.filter(([name]) => names.test(name)));
  if (denials === undefined || warnings === undefined || denials.length + warnings.length === 0)
    throw new CliFailure(
      exits.policy,
      "rules_empty",
      `${folder}: no rule in package main is named deny, violation or warn, so that nothing would be checked`,
    );
  const told = (some: typeof rules): string[] => some.flatMap(([name, said]) => messagesOf(name, said));
  const denied = told(denials);
  if (denied.length > 0)
    throw new CliFailure(exits.negative, "config_denied", denied.map((one) => `${file}: ${one}`).join("\n"), {
      denied,
    });
  return told(warnings);
}

async function evaluated(folder: string, document: JsonValue): Promise<JsonValue | undefined> {
  return inTemporaryFolder("sallyport-rules-", async (aside) => {
    const input = join(aside, "input.json");
    writeFileSync(input, JSON.stringify(document), { mode: 0o600 });
    const given = ["--data", ".", "--input", input, "--format", "json", "--strict-builtin-errors"];
    // Rules may call out, and whoever wrote them is given none of the secrets that `check` looks at.
    const { stdout, stderr } = await runOpa(
      ["eval", ...given, "x := data.main"],
      folder,
      environmentOf(["PATH", "HOME", "TMPDIR"]),
    );
    const { value, error } = readAnswer(stdout, stderr);
    if (error !== null) throw new CliFailure(exits.policy, "rules_invalid", error);
    return value;
  });
}

/** A message is a text, or an object with one as its `msg`. @throws CliFailure */
function messagesOf(rule: string, said: JsonValue): string[] {
  const messages = Array.isArray(said) ? said.map((one) => (isJsonObject(one) ? one["msg"] : one)) : [null];
  if (messages.every((one) => typeof one === "string")) return messages.map((one) => `${rule}: ${one}`);
  throw new CliFailure(
    exits.policy,
    "rules_invalid",
    `data.main.${rule} must be a set of texts, or of objects with a text as \`msg\`: ${rule} contains msg if { … }`,
  );
}
