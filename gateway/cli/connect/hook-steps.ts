import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { AuthzenConfig, Config } from "../../config/config.ts";
import { ownCommand } from "../common/own-command.ts";
import type { HookSettings } from "./hook-command.ts";

/**
 * What is left to do before a hook that was written can ask: where its token comes from, and that policy lets somebody use local tools.
 * `config`: null where only addresses are known, and its file.
 */
export function hookSteps(hook: HookSettings, config: Config | null, file: string): string[] {
  const hooks = config?.authzen?.hooks ?? null;
  if (config !== null && hooks === null)
    return [`The gateway answers no hooks: until it does, every local call is blocked. ${howAnswered(config)}`];
  return [tokenStep(hook, { config, hooks, file }), rolesStep(hook)];
}

/** With the lines that change it. */
export function noHooks(config: Config): string {
  return `The gateway answers no hooks, so none is written: what the client executes itself is not asked about. ${howAnswered(config)}`;
}

function howAnswered({ authorization, authzen, issuers }: Config): string {
  const trusted = authorization === null ? `{ issuers: [${issuers.map(({ id }) => id).join(", ")}] }` : "{}";
  const lines =
    authzen === null
      ? `in the configuration: authzen: { hooks: ${trusted} }`
      : `below authzen in the configuration: hooks: ${trusted}`;
  return `To have them answered, ${lines}.`;
}

interface Answering {
  readonly config: Config | null;
  /** Null only without a configuration. */
  readonly hooks: AuthzenConfig["hooks"];
  /** As the configuration is named on the command line. */
  readonly file: string;
}

function tokenStep({ gateway, token }: HookSettings, answering: Answering): string {
  const [kind = "", ...rest] = token.split(":");
  const place = rest.join(":");
  const signIn = ["sign-in", "--gateway", gateway];
  if (kind !== "file") {
    const without = `The hook reads its token from the variable ${place}: set it before the client starts. Without it every local call is blocked.`;
    return `${without} ${variableSource(place, signIn, answering)}`;
  }
  const path = place.startsWith("~/") ? join(homedir(), place.slice(2)) : place;
  if (existsSync(path)) return `The hook reads its token from ${place}.`;
  const without = `The hook reads its token from ${place}, where no file is yet; until there is one, every local call is blocked.`;
  return `${without} ${fileSource(ownCommand([...signIn, "--file", path]), answering)}`;
}

function fileSource(signIn: string, { config, hooks }: Answering): string {
  if (config === null || hooks === null) return `${signIn} writes it, where the gateway is the authorization server.`;
  return config.authorization === null ? anyToken(config, hooks) : `${signIn} writes it.`;
}

function variableSource(variable: string, signIn: readonly string[], { config, hooks, file }: Answering): string {
  const instead = `${ownCommand(signIn)}, and then connect again with --token file:~/.config/sallyport/hook.json: that needs no variable.`;
  if (config === null || hooks === null) return `Where the gateway is the authorization server: ${instead}`;
  if (config.authorization !== null) return `Or, since people sign in at the gateway: ${instead}`;
  const trying = trustedBy(config, hooks).find(({ development }) => development);
  if (trying === undefined) return anyToken(config, hooks);
  const named = ["--issuer", trying.id, "--sub", "AGENT", "--role", "ROLE", "--audience", hooks.route.audience];
  return `To try it out, for ten minutes: export ${variable}=$(${ownCommand(["token", "mint", ...named, "-c", file])})`;
}

type Hooks = NonNullable<AuthzenConfig["hooks"]>;

function trustedBy({ issuers }: Config, { route }: Hooks): Config["issuers"] {
  return issuers.filter(({ trust }) => route.issuers.includes(trust));
}

function anyToken(config: Config, hooks: Hooks): string {
  const names = trustedBy(config, hooks).map(({ id }) => id);
  const whose = names.length === 0 ? "" : ` of ${names.join(" or ")},`;
  return `It is a token${whose} for the audience ${hooks.route.audience}, with the same subject as the agent's calls.`;
}

function rolesStep({ server }: HookSettings): string {
  return `A local call that no role may make is denied. In the policy's entitlements/data.yaml: ROLE: { ${server}: { tools: { "*": true } } }; whom a held one asks: ${server} in approvers/data.yaml.`;
}
