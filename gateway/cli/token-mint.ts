import type { Command } from "commander";
import type { Config, IssuerConfig } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { didYouMean } from "../lib/suggest.ts";
import { mintDevToken, openDevIssuer } from "../identify/dev-issuer.ts";
import type { Cli } from "./cli.ts";
import { CliFailure, exits } from "./exit-codes.ts";
import { collect, configOption, durationOption, verb } from "./verb.ts";

const defaultTtlMs = 600_000;

interface MintOptions {
  readonly config: string;
  readonly json: boolean;
  readonly sub: string;
  readonly route: string[];
  readonly audience: string[];
  readonly role: string[];
  readonly scope: string[];
  readonly session?: string;
  readonly purpose?: string;
  readonly actingFor?: string;
  readonly client?: string;
  readonly ttl?: number;
  readonly issuer?: string;
}

/** `sallyport token mint`: a token of the configured development issuer, alone on stdout. */
export function addTokenMint(noun: Command, cli: Cli): void {
  const examples = [
    "token mint --sub refund-bot --role refunds --route payments",
    'token mint --sub support-bot --role support --route crm --session run-1 --purpose "answer ticket 7"',
  ];
  configOption(verb(noun, "mint", "make an access token of the development issuer", examples))
    .requiredOption("--sub <name>", "the agent")
    .option("--route <id>", "route to call; its audience goes into the token (repeatable)", collect, [])
    .option("--audience <audience>", "audience, when it is no route's (repeatable)", collect, [])
    .option("--role <role>", "role (repeatable)", collect, [])
    .option("--scope <scope>", "scope (repeatable)", collect, [])
    .option("--session <id>", "id of the agent's run")
    .option("--purpose <text>", "what the token is for")
    .option("--acting-for <person>", "person the agent acts for")
    .option("--client <id>", "OAuth client; default: the agent")
    .option("--ttl <duration>", "how long it is good; default: 10m, or what the issuer allows", durationOption)
    .option("--issuer <id>", "development issuer, when there are several")
    .action(function mint(options: MintOptions) {
      const config = readConfig(options.config, { secrets: false });
      const issuer = developmentIssuer(config, options.issuer);
      const now = cli.clock.now();
      const ttl = lifetime(issuer, options.ttl);
      const token = mintDevToken(
        opened(issuer),
        { ...claimsOf(options), audience: audiences(config, options), ttl },
        now,
      );
      const expires_at = Math.floor(now / 1000) + ttl;
      cli.printer.result(options.json, { token, issuer: issuer.issuer, expires_at }, token);
    });
}

/** In seconds. */
function lifetime(issuer: IssuerConfig, asked: number | undefined): number {
  if (asked !== undefined && asked > issuer.maxLifetimeMs) {
    throw new CliFailure(
      exits.usage,
      "ttl_too_long",
      `The issuer ${issuer.id} allows at most ${issuer.maxLifetimeMs / 1000} s (max_lifetime).`,
    );
  }
  return Math.floor((asked ?? Math.min(defaultTtlMs, issuer.maxLifetimeMs)) / 1000);
}

function claimsOf(options: MintOptions) {
  return {
    sub: options.sub,
    roles: options.role,
    ...(options.scope.length === 0 ? {} : { scopes: options.scope }),
    ...(options.session === undefined ? {} : { session: options.session }),
    ...(options.purpose === undefined ? {} : { purpose: options.purpose }),
    ...(options.actingFor === undefined ? {} : { actingFor: options.actingFor }),
    ...(options.client === undefined ? {} : { clientId: options.client }),
  };
}

function opened(issuer: IssuerConfig) {
  if (issuer.keys.kind !== "file") throw new Error("a development issuer keeps its key in a file");
  try {
    return { ...openDevIssuer(issuer.keys.path), issuer: issuer.issuer };
  } catch (failure) {
    throw new CliFailure(exits.usage, "issuer_key", (failure as Error).message);
  }
}

function developmentIssuer(config: Config, wanted: string | undefined): IssuerConfig {
  const all = config.issuers.filter((issuer) => issuer.development);
  const found = wanted === undefined ? all : all.filter((issuer) => issuer.id === wanted);
  if (found.length === 1 && found[0] !== undefined) return found[0];
  const ids = all.map((issuer) => issuer.id);
  if (all.length === 0)
    throw new CliFailure(
      exits.usage,
      "no_development_issuer",
      "The configuration has no development issuer; add { id: dev, development: true } to issuers.",
    );
  if (wanted === undefined)
    throw new CliFailure(exits.usage, "which_issuer", `Say which development issuer: --issuer ${ids.join(" or ")}.`);
  throw new CliFailure(
    exits.usage,
    "issuer_unknown",
    `No development issuer has the id ${wanted}${didYouMean(wanted, ids)}.`,
  );
}

/** Without `--route` and `--audience`, every route that trusts the issuer's tokens would be a guess; with one route it is not. */
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
