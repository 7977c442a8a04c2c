import { existsSync } from "node:fs";
import { Option } from "commander";
import type { Config, IssuerConfig } from "../../config/config.ts";
import { readConfig } from "../../config/read-config.ts";
import { mintDevToken, openDevIssuer } from "../../identify/dev-issuer.ts";
import { openEs256Key } from "../../identify/es256-key-file.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Printer } from "../common/printer.ts";
import {
  collect,
  configOption,
  type ConfigOptions,
  durationOption,
  type Verb,
  CliFailure,
  exits,
} from "../common/verb.ts";
import { type ClaimOptions, claimOptions, claimsOf } from "./claim-options.ts";

interface MintOptions extends ConfigOptions, ClaimOptions {
  readonly sub: string;
  readonly route: string[];
  readonly audience: string[];
  readonly role: string[];
  readonly scope: string[];
  readonly session?: string;
  readonly purpose?: string;
  readonly actingFor?: string;
  readonly client?: string;
  /** True without a file. */
  readonly dpop?: string | true;
  /** In milliseconds. */
  readonly ttl?: number;
  readonly issuer?: string;
}

const defaultKeyFile = "dpop.jwk.json";

/** `sallyport token mint`: a token of the configured development issuer, alone on stdout. */
export const mint: Verb = {
  usage: "mint",
  summary: "make an access token of the development issuer",
  examples: [
    "token mint --sub refund-bot --role refunds --route payments",
    'token mint --sub support-bot --role support --route crm --session run-1 --purpose "answer ticket 7"',
    "token mint --sub ops-bot --role ops --route payments --dpop",
    "token mint --sub support-bot --role support --route crm --claim tenant=blue --claim-file task_text=task.txt",
  ],
  options: [
    configOption,
    new Option("--sub <name>", "the agent").makeOptionMandatory(),
    repeatable("--route <id>", "route to call; its audience goes into the token (repeatable)"),
    repeatable("--audience <audience>", "audience, when it is no route's (repeatable)"),
    repeatable("--role <role>", "role (repeatable)"),
    repeatable("--scope <scope>", "scope (repeatable)"),
    new Option("--session <id>", "id of the agent's run"),
    new Option("--purpose <text>", "what the token is for"),
    new Option("--acting-for <person>", "person the agent acts for"),
    new Option("--client <id>", "OAuth client; default: the agent"),
    ...claimOptions,
    new Option(
      "--dpop [file]",
      `bind it to the key of this file, which is made when missing; default: ${defaultKeyFile}`,
    ),
    new Option("--ttl <duration>", "how long it is good; default: 10m, or what the issuer allows").argParser(
      durationOption,
    ),
    new Option("--issuer <id>", "development issuer, when there are several"),
  ],
  run({ printer, clock }, options: MintOptions) {
    const config = readConfig(options.config, { secrets: false });
    const issuer = developmentIssuer(config, options.issuer);
    const now = clock.now();
    const ttl = lifetime(issuer, options.ttl);
    const key = openKey(issuer);
    const bound = bindingKey(options.dpop, printer);
    const claims = { ...optionClaims(options), ...(bound === null ? {} : { jkt: bound.jkt }) };
    const token = mintDevToken(key, { ...claims, audience: audiences(config, options), ttl }, now);
    const expires_at = Math.floor(now / 1000) + ttl;
    printer.result(options.json, { token, issuer: issuer.issuer, expires_at, ...bound }, token);
  },
};

function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).default([]).argParser(collect);
}

/** @throws CliFailure no_development_issuer, which_issuer, issuer_unknown */
function developmentIssuer(config: Config, id: string | undefined): IssuerConfig {
  const all = config.issuers.filter((issuer) => issuer.development);
  const found = id === undefined ? all : all.filter((issuer) => issuer.id === id);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const ids = all.map((issuer) => issuer.id);
  if (all.length === 0)
    throw new CliFailure(
      exits.usage,
      "no_development_issuer",
      "The configuration has no development issuer; add { id: dev, development: true } to issuers.",
    );
  if (id === undefined)
    throw new CliFailure(exits.usage, "which_issuer", `Say which development issuer: --issuer ${ids.join(" or ")}.`);
  throw new CliFailure(exits.usage, "issuer_unknown", `No development issuer has the id ${id}${didYouMean(id, ids)}.`);
}

const defaultTtlMs = 600_000;

/** In seconds, from milliseconds. @throws CliFailure ttl_too_long */
function lifetime(issuer: IssuerConfig, requestedMs: number | undefined): number {
  if (requestedMs !== undefined && requestedMs > issuer.maxLifetimeMs) {
    throw new CliFailure(
      exits.usage,
      "ttl_too_long",
      `The issuer ${issuer.id} allows at most ${issuer.maxLifetimeMs / 1000} s (max_lifetime).`,
    );
  }
  return Math.floor((requestedMs ?? Math.min(defaultTtlMs, issuer.maxLifetimeMs)) / 1000);
}

function optionClaims(options: MintOptions) {
  return {
    others: claimsOf(options),
    sub: options.sub,
    roles: options.role,
    ...(options.scope.length === 0 ? {} : { scopes: options.scope }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
    ...(options.actingFor === undefined ? {} : { actingFor: options.actingFor }),
    ...(options.client === undefined ? {} : { clientId: options.client }),
  };
}

/** Of the named routes and audiences; without any, of the only route. @throws CliFailure which_audience when there are several */
function audiences(config: Config, options: MintOptions): string | string[] {
  const ids = config.routes.map((route) => route.id);
  const named = options.route.map((id) => {
    const route = config.routes.find((one) => one.id === id);
    if (route === undefined)
      throw new CliFailure(exits.usage, "route_unknown", `No route has the id ${id}${didYouMean(id, ids)}.`);
    return route.audience;
  });
  const all = [...new Set([...named, ...options.audience])];
  if (all.length > 0) return all.length === 1 ? String(all[0]) : all;
  const only = config.routes.length === 1 ? config.routes[0] : undefined;
  if (only === undefined)
    throw new CliFailure(
      exits.usage,
      "which_audience",
      `Say what the token is for: --route ${ids.join(", --route ") || "ID"} or --audience.`,
    );
  return only.audience;
}

/** The key that the token is bound to; null for a bearer token. @throws CliFailure key_unusable */
function bindingKey(dpop: string | true | undefined, { message }: Printer) {
  if (dpop === undefined) return null;
  const key_file = dpop === true ? defaultKeyFile : dpop;
  const isNew = !existsSync(key_file);
  try {
    const { thumbprint: jkt } = openEs256Key(key_file);
    if (isNew) message(`The key is in ${key_file}; sallyport token proof makes a proof with it for each request.`);
    return { jkt, key_file };
  } catch (failure) {
    throw new CliFailure(exits.usage, "key_unusable", (failure as Error).message);
  }
}

/** The issuer's private key, which is made when its file is not there. @throws CliFailure issuer_key */
function openKey(issuer: IssuerConfig) {
  if (issuer.keys.kind !== "file") throw new Error("a development issuer keeps its key in a file");
  try {
    return { ...openDevIssuer(issuer.keys.path), issuer: issuer.issuer };
  } catch (failure) {
    throw new CliFailure(exits.usage, "issuer_key", (failure as Error).message);
  }
}
