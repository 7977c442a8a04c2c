import { LOG_ENTRYPOINTS } from "../build/entrypoints.ts";
import type { Definition } from "./definitions.ts";
import type { Problem } from "./problems.ts";

/** OPA's package of rules about its decision log, and those rules. */
export const LOG: readonly string[] = ["system", "log"];
export const LOG_RULES: readonly (readonly string[])[] = Object.values(LOG_ENTRYPOINTS).map((one) => one.split("/"));

/**
 * Nothing would be masked by it, and nobody would know. `asked`: the rules that were compiled to be asked. `whole`: the modules are as their
 * authors wrote them; those of an archive have no such rule any more, because OPA takes entrypoints out.
 */
export function unaskedLogRule({ path, file, at }: Definition, asked: readonly string[], whole: boolean): Problem[] {
  const name = LOG_RULES.find((one) => one.join(".") === path.join("."))?.at(-1);
  if (name === undefined || asked.includes(name)) return [];
  const instead = whole
    ? `write it as a rule ${name} in a file with the package system.log`
    : `compile the archive with opa build --entrypoint system/log/${name} too`;
  return [{ file, at, severity: "error", message: `the gateway does not find system.log.${name}: ${instead}` }];
}
