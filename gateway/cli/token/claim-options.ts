import { readFileSync } from "node:fs";
import { Option } from "commander";
import { type JsonValue, parseExact } from "../../lib/json.ts";
import { collect, CliFailure, exits } from "../common/verb.ts";

export interface ClaimOptions {
  readonly claim: readonly string[];
  readonly claimFile: readonly string[];
}

export const claimOptions: readonly Option[] = [
  new Option("--claim <name=value>", "a further claim; a value that is JSON is taken as such (repeatable)")
    .default([])
    .argParser(collect),
  new Option("--claim-file <name=path>", "a further claim with the text of a file (repeatable)")
    .default([])
    .argParser(collect),
];

/** Claims that the command makes itself, each with what to use for it. */
const made: ReadonlyMap<string, string> = new Map([
  ["iss", "--issuer"],
  ["sub", "--sub"],
  ["act", "--acting-for"],
  ["aud", "--route or --audience"],
  ["iat", "--ttl for how long the token is good"],
  ["exp", "--ttl"],
  ["client_id", "--client"],
  ["roles", "--role"],
  ["scope", "--scope"],
  ["sid", "--session"],
  ["purpose", "--purpose"],
  ["cnf", "--dpop"],
]);

/** The claims of both options. @throws CliFailure claim_invalid, claim_made, claim_twice, file_unreadable */
export function claimsOf({ claim, claimFile }: ClaimOptions): Record<string, JsonValue> {
  const claims = new Map<string, JsonValue>();
  const add = (name: string, value: JsonValue): void => {
    const instead = made.get(name);
    if (instead !== undefined)
      throw new CliFailure(exits.usage, "claim_made", `The command sets the claim ${name} itself; use ${instead}.`);
    if (claims.has(name)) throw new CliFailure(exits.usage, "claim_twice", `The claim ${name} is given twice.`);
    claims.set(name, value);
  };
  for (const given of claim) add(...split(given, "--claim tenant=blue", jsonOrText));
  for (const given of claimFile) add(...split(given, "--claim-file task_text=task.txt", textOf));
  return Object.fromEntries(claims);
}

function split<Value>(given: string, example: string, read: (right: string) => Value): [string, Value] {
  const at = given.indexOf("=");
  if (at < 1) throw new CliFailure(exits.usage, "claim_invalid", `${given} is no claim; write ${example}.`);
  return [given.slice(0, at), read(given.slice(at + 1))];
}

/** Numbers keep their digits. */
function jsonOrText(text: string): JsonValue {
  try {
    return parseExact(text) as JsonValue;
  } catch {
    return text;
  }
}

function textOf(path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
  } catch (failure) {
    throw new CliFailure(
      exits.usage,
      "file_unreadable",
      `${path} cannot be read as text: ${(failure as Error).message}`,
    );
  }
}
