import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../config/config.ts";
import { ownCommand } from "../common/own-command.ts";
import type { HookSettings } from "./hook-command.ts";

/**
 * What is left to do before a hook that was written can ask: where its token comes from, and that policy lets somebody use local tools.
 * `config`: null where only addresses are known, and its file.
 */
export function hookSteps(hook: HookSettings, config: Config | null, file: string): string[] {
  return [tokenStep(hook, config, file), rolesStep(hook)];
}

function tokenStep({ gateway, token }: HookSettings, config: Config | null, file: string): string {
  const start = ownCommand();
  const [kind = "", ...rest] = token.split(":");
  const place = rest.join(":");
  const signIn = `${start} sign-in --gateway ${gateway}`;
  if (kind === "file") {
    const there = existsSync(place.startsWith("~/") ? join(homedir(), place.slice(2)) : place);
    if (there) return `The hook reads its token from ${place}.`;
    return `The hook reads its token from ${place}, where no file is yet; until there is one, every local call is blocked. ${signIn} --file ${place} writes it, where the gateway is the authorization server.`;
  }
  const without = `The hook reads its token from the variable ${place}: set it before the client starts. Without it every local call is blocked.`;
  return `${without} ${tokenSource(config, place, { start, signIn, file })}`;
}

interface Commands {
  readonly start: string;
  readonly signIn: string;
  /** As the configuration is named on the command line. */
  readonly file: string;
}

function tokenSource(config: Config | null, variable: string, { start, signIn, file }: Commands): string {
  const hooks = config?.authzen?.hooks ?? null;
  const instead = `${signIn}, and then connect again with --token file:~/.config/sallyport/hook.json: that needs no variable.`;
  if (config === null || hooks === null) return `Where the gateway is the authorization server: ${instead}`;
  if (config.authorization !== null) return `Or, since people sign in at the gateway: ${instead}`;
  const { audience, issuers } = hooks.route;
  const trusted = config.issuers.filter(({ trust }) => issuers.includes(trust));
  const trying = trusted.find(({ development }) => development);
  if (trying === undefined)
    return `A token of ${trusted.map(({ id }) => id).join(" or ")}, for the audience ${audience}, with the same subject as the agent's calls.`;
  return `To try it out, for ten minutes: export ${variable}=$(${start} token mint --issuer ${trying.id} --sub AGENT --role ROLE --audience ${audience} -c ${file})`;
}

function rolesStep({ server }: HookSettings): string {
  return `A local call that no role may make is denied. In the policy's entitlements/data.yaml: ROLE: { ${server}: { tools: { "*": true } } }; whom a held one asks: ${server} in approvers/data.yaml.`;
}
