import { existsSync } from "node:fs";
import { Option } from "commander";
import type { Config } from "../../config/config.ts";
import { absoluteReference, parseReference } from "../../config/environment.ts";
import { readConfig } from "../../config/read-config.ts";
import type { Route } from "../../domain/route.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import { ownCommand } from "../common/own-command.ts";
import { CliFailure, collect, exits } from "../common/verb.ts";
import type { ServedRoute } from "./client.ts";
import { hookProblem, type HookSettings, startHere } from "./hook-command.ts";
import { hookSteps, noHooks } from "./hook-steps.ts";
import type { System } from "./places.ts";

export interface SettingsOptions {
  readonly config: string;
  readonly route: readonly string[];
  readonly url: readonly string[];
  readonly prefix: string;
  readonly gateway?: string;
  readonly hooks: string;
  readonly token?: string;
  readonly wait: string;
  readonly command?: string;
  readonly tokenEnv?: string;
}

export const settingsOptions: readonly Option[] = [
  new Option("--route <id>", "MCP route (repeatable); default: all of the configuration")
    .default([])
    .argParser(collect),
  new Option("--url <url>", "address of a route, where there is no configuration (repeatable)")
    .default([])
    .argParser(collect),
  new Option("--prefix <text>", "put before the names of the servers").default(""),
  new Option("--hooks <when>", "auto: where the gateway answers hooks; on, off").default("auto"),
  new Option("--token <reference>", "the hook's token, env:NAME or file:PATH; default: env:SALLYPORT_HOOK_TOKEN"),
  new Option("--gateway <url>", "address of the gateway, when it is not the configuration's public_url"),
  new Option("--wait <seconds>", "how long a held local call waits for people").default("45"),
  new Option("--command <words>", "what starts sallyport in the hook; default: this installation"),
];

export interface Settings {
  readonly servers: readonly ServedRoute[];
  readonly hook: HookSettings | null;
  readonly notes: readonly string[];
  /** What is left to do for the hook, or why there is none, where the client can have one. */
  readonly steps: readonly string[];
}

const notKnown =
  "Only the configuration says whether the gateway answers hooks, so none is written: what the client executes itself is not asked about. Where it does: --hooks on.";

/** What a client is connected to: the routes of the configuration, or the URLs that were given. @throws CliFailure */
export function settingsOf(options: SettingsOptions, scope: "project" | "user" | "managed", system: System): Settings {
  const { hooks } = options;
  if (!["auto", "on", "off"].includes(hooks)) throw usage("--hooks is auto, on or off.");
  if (!/^[0-9]{1,4}$/.test(options.wait)) throw usage("--wait is a number of seconds.");
  if (options.tokenEnv !== undefined && parseReference(`env:${options.tokenEnv}`, "") === null)
    throw usage("--token-env takes the name of a variable: letters, digits and _.");
  const isRead = options.url.length === 0;
  if (!isRead && options.route.length > 0)
    throw usage("--route names a route of the configuration, which is not read with --url: give one of the two.");
  const { servers, gateway, console, server, notes, config } = isRead ? ofConfig(options) : ofUrls(options);
  if (hooks === "off") return { servers, hook: null, notes, steps: [] };
  if (hooks === "auto" && server === null)
    return { servers, hook: null, notes, steps: [config === null ? notKnown : noHooks(config)] };
  const start = options.command ?? (scope === "project" ? "sallyport" : startHere(system));
  const token = tokenReference(options.token);
  const hook = { gateway, token, console, waitS: Number(options.wait), server: server ?? "local", start };
  const problem = hookProblem(hook);
  if (problem !== null) throw usage(`${problem}.`);
  return { servers, hook, notes, steps: hookSteps(hook, config, options.config) };
}

interface Known {
  readonly servers: readonly ServedRoute[];
  readonly gateway: string;
  readonly console: string | null;
  /** Of what clients execute, in the catalog; null: hooks are not answered, or it is not known. */
  readonly server: string | null;
  readonly notes: readonly string[];
  readonly config: Config | null;
}

function ofUrls({ url: urls, prefix, gateway }: SettingsOptions): Known {
  const servers = urls.map((text) => {
    const { pathname, hostname } = webAddress(text, "a route");
    return { name: pathname.split("/").findLast((part) => part !== "") ?? hostname, url: text };
  });
  const [first] = servers;
  const origin = webAddress(gateway ?? first?.url ?? "", "a gateway").origin;
  const known = { console: null, server: null, notes: [], config: null };
  return { servers: named(servers, prefix), gateway: origin, ...known };
}

/** @throws CliFailure */
function webAddress(text: string, what: string): URL {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw usage(`${text} is not the URL of ${what}.`);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "")
    throw usage(`The URL of ${what} at ${url.host} has a name or password, which would stand in the client's file.`);
  return url;
}

function ofConfig({ config: file, route: ids, prefix, gateway, tokenEnv }: SettingsOptions): Known {
  if (!existsSync(file))
    throw usage(`There is no ${file}: name the configuration with --config, or the address of a route with --url.`);
  const config = readConfig(file, { secrets: false });
  const origin = gateway === undefined ? config.listeners.agents.publicUrl : webAddress(gateway, "a gateway").origin;
  if (origin === null)
    throw usage(
      "The configuration does not say where clients reach the gateway: set listeners.agents.public_url, or --gateway.",
    );
  const routes = routesOf(config, ids);
  return {
    servers: named(
      routes.map((route) => ({ name: route.id, url: urlOf(route, origin) })),
      prefix,
    ),
    gateway: origin,
    console: config.listeners.console.publicUrl,
    server: config.authzen?.hooks?.server ?? null,
    notes: withoutSignIn(config, routes, { variable: tokenEnv ?? null, file }),
    config,
  };
}

/**
 * The servers by names that every client takes: some refuse a dot, and others write it as another character in the names of tools, by
 * which the hook knows the gateway's servers. No two have the same name.
 */
function named(servers: readonly ServedRoute[], prefix: string): readonly ServedRoute[] {
  const taken = new Set<string>();
  return servers.map(({ name: given, url }) => {
    const plain = (prefix + given).replace(/[^A-Za-z0-9_-]+/g, "-");
    let name = plain;
    for (let count = 2; taken.has(name); count++) name = `${plain}-${count}`;
    taken.add(name);
    return { name, url };
  });
}

interface RouteToken {
  /** Variable of which the client sends what is in it. */
  readonly variable: string | null;
  /** Of the configuration. */
  readonly file: string;
}

/** Tokens of a development issuer are made on the command line. */
function withoutSignIn({ issuers }: Config, routes: readonly Route[], { variable, file }: RouteToken): string[] {
  const trying = new Set(issuers.filter(({ development }) => development).map(({ trust }) => trust));
  const closed = routes.filter((route) => route.issuers.every((trust) => trying.has(trust))).map(({ id }) => id);
  if (closed.length === 0) return [];
  if (variable !== null) {
    const routes = closed.flatMap((id) => ["--route", id]);
    const mint = ownCommand(["token", "mint", "--sub", "AGENT", "--role", "ROLE", ...routes, "-c", file]);
    return [
      `The client sends the token in ${variable}: set it before the client starts. To try it out, for ten minutes: export ${variable}=$(${mint})`,
    ];
  }
  return [
    `Nobody can sign in for ${closed.join(", ")}: only a development issuer is trusted there. Set authorization in the configuration, or let the client send a token: --token-env NAME.`,
  ];
}

function routesOf({ routes }: Config, ids: readonly string[]): readonly Route[] {
  const mcp = routes.filter(({ protocol }) => protocol === "mcp");
  const known = mcp.map(({ id }) => id);
  const unknown = ids.find((id) => !known.includes(id));
  if (unknown !== undefined)
    throw new CliFailure(
      exits.usage,
      "route_unknown",
      `No MCP route has the id ${unknown}${didYouMean(unknown, known)}; ${known.length === 0 ? "there is none" : `there is ${known.join(", ")}`}.`,
    );
  return ids.length === 0 ? mcp : mcp.filter(({ id }) => ids.includes(id));
}

function urlOf({ host, prefix }: Route, origin: string): string {
  const base = host === "*" ? origin : `${new URL(origin).protocol}//${host}`;
  return prefix === "/" ? base : base + prefix;
}

/** The place of the token and never the token, which would stand in the file of the client. */
function tokenReference(text: string | undefined): string {
  const reference = text ?? "env:SALLYPORT_HOOK_TOKEN";
  if (!/^(?:env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/.test(reference))
    throw usage("--token takes env:NAME or file:PATH, not the token itself.");
  // The hook finds the home by itself; any other path is read from here, and not from where the client works.
  return reference.startsWith("file:~/") ? reference : absoluteReference(reference, process.cwd());
}

function usage(message: string): CliFailure {
  return new CliFailure(exits.usage, "connect_usage", message);
}
