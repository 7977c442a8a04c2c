import { readFileSync } from "node:fs";
import { Option } from "commander";
import { systemClock, systemIds } from "../compose/clock-and-ids.ts";
import { providersOf } from "../compose/open-credentials.ts";
import type { Config } from "../config/config.ts";
import { readConfig } from "../config/read-config.ts";
import { type CredentialConfig, CredentialFailure } from "../domain/credential.ts";
import { asRefusal } from "../domain/errors.ts";
import type { CredentialWish, InjectionPlace, MadeCredential } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import type { Subject } from "../domain/subject.ts";
import { digested, type ToolCall } from "../domain/tool-call.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { table } from "./common/printer.ts";
import { CliFailure, collect, configOption, type ConfigOptions, exits, type Verb, wholeNumber } from "./common/verb.ts";

/** `sallyport credentials list` */
export const list: Verb = {
  usage: "list",
  summary: "the credentials of the configuration, where they go, and which routes carry them",
  examples: ["credentials list", "credentials list --json"],
  options: [configOption],
  async run({ printer }, options: ConfigOptions) {
    const { credentials, routes } = readConfig(options.config, { secrets: false });
    const items = [...credentials.values()].map((one) => ({
      name: one.name,
      provider: one.provider,
      place: placeText(one.place),
      routes: routes.filter(({ credential }) => credential === one.name).map(({ id }) => id),
    }));
    const rows = items.map(({ name, provider, place, routes: ids }) => [name, provider, place, ids.join(", ")]);
    const text =
      rows.length === 0 ? "No credential is configured." : table(["NAME", "PROVIDER", "PLACE", "ROUTES"], rows);
    printer.result(options.json, { items }, text);
  },
};

interface CheckOptions extends ConfigOptions {
  readonly route?: string;
  readonly scope: readonly string[];
  readonly resource?: string;
  readonly ttl?: number;
  readonly tokenFile?: string;
  readonly for?: string;
}

/**
 * `sallyport credentials check NAME`: obtains it in this process, as a call would, says what it got without showing it, and gives it
 * back where that can be done.
 */
export const check: Verb = {
  usage: "check <name>",
  summary: "obtain a credential and say what it is, without showing it",
  examples: ["credentials check crm", "credentials check exchange --token-file agent.token --scope read"],
  options: [
    configOption,
    new Option("--route <id>", "route that the call would be on; default: one that carries it, else the first"),
    new Option("--scope <scope>", "as policy would ask for it (repeatable)").default([]).argParser(collect),
    new Option("--resource <url>", "tool server as policy would name it"),
    new Option("--ttl <seconds>", "longest lifetime as policy would ask for it").argParser(wholeNumber),
    new Option("--token-file <file>", "access token of a caller, for credentials that it is exchanged for"),
    new Option("--for <id>", "whom the call would be for").default("sallyport-check"),
  ],
  async run({ printer }, options: CheckOptions, name: string) {
    const config = readConfig(options.config);
    const one = credentialNamed(config, name);
    const begun = systemClock.monotonic();
    const made = await obtained(config, one, wishOf(config, name, options));
    const ms = Math.round(systemClock.monotonic() - begun);
    const places = made.inject.map(({ place }) => placeText(place));
    const adds = made.sign?.adds ?? [];
    const expiresAt = made.expiresAt === null ? null : new Date(made.expiresAt).toISOString();
    const scope = made.scope ?? null;
    const told = { ok: true, credential: name, provider: one.provider, ms, places, adds, expires_at: expiresAt, scope };
    printer.result(options.json, told, checkText(told));
  },
};

interface Checked {
  readonly credential: string;
  readonly provider: string;
  readonly ms: number;
  readonly places: readonly string[];
  readonly adds: readonly string[];
  readonly expires_at: string | null;
  readonly scope: readonly string[] | null;
}

function checkText({ credential, provider, ms, places, adds, expires_at, scope }: Checked): string {
  return [
    `${credential} (${provider}): obtained in ${ms} ms`,
    `place:   ${[...places, ...adds.map((name) => `header ${name} (signed)`)].join(", ")}`,
    `expires: ${expires_at ?? "not known, or never"}`,
    ...(scope === null ? [] : [`scope:   ${scope.length === 0 ? "none" : scope.join(" ")}`]),
  ].join("\n");
}

function placeText(place: InjectionPlace): string {
  return place.in === "body"
    ? `body ${place.pointer}`
    : `${place.in === "query" ? "parameter" : "header"} ${place.name}`;
}

function credentialNamed({ credentials }: Config, name: string): CredentialConfig {
  const one = credentials.get(name);
  if (one !== undefined) return one;
  const hint = didYouMean(name, [...credentials.keys()]);
  throw new CliFailure(exits.usage, "credential_unknown", `The configuration names no credential ${name}${hint}.`);
}

/** @throws CliFailure credential_failed with what the operator's log would say */
async function obtained(config: Config, { name }: CredentialConfig, wish: CredentialWish): Promise<MadeCredential> {
  const logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
  const issuer = (): string | null => config.listeners.agents.publicUrl;
  try {
    const deps = { clock: systemClock, ids: systemIds(), logger, issuer };
    const only = { ...config, credentials: new Map([...config.credentials].filter(([one]) => one === name)) };
    const provider = providersOf(only, deps).get(name);
    if (provider === undefined) throw new Error(`${name} has no provider`);
    const made = await provider.obtain(wish);
    await provider.revoke?.(() => true);
    await provider.close?.();
    return made;
  } catch (thrown) {
    const kind = thrown instanceof CredentialFailure ? thrown.kind : asRefusal(thrown).code;
    const why = thrown instanceof CredentialFailure ? thrown.message : asRefusal(thrown).sentence;
    throw new CliFailure(exits.negative, "credential_failed", `${name}: ${why}`, { kind });
  }
}

function ignore(): void {
  // What would be logged is what the verb says.
}

function wishOf(config: Config, name: string, options: CheckOptions): CredentialWish {
  const token = options.tokenFile === undefined ? null : tokenIn(options.tokenFile);
  return {
    call: callOn(routeFor(config, name, options.route)),
    subject: subjectNamed(options.for ?? ""),
    session: { id: "check", trust: "none", calls: 0, labels: [], history: [] },
    task: null,
    scope: options.scope.length === 0 ? null : options.scope,
    resource: options.resource ?? null,
    ttlS: options.ttl ?? null,
    callerToken: () => token,
  };
}

function tokenIn(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (failure) {
    throw new CliFailure(exits.usage, "file_unreadable", `${path} cannot be read: ${(failure as Error).message}`);
  }
}

function routeFor({ routes }: Config, name: string, id: string | undefined): Route {
  const route =
    id === undefined
      ? (routes.find(({ credential }) => credential === name) ?? routes[0])
      : routes.find((one) => one.id === id);
  if (route !== undefined) return route;
  throw new CliFailure(exits.usage, "route_unknown", `The configuration has no route ${id ?? "at all"}.`);
}

/** A call without arguments, in the place of an agent's. */
function callOn(route: Route): ToolCall {
  const { origin } = route.upstream;
  const path = route.upstreamPrefix;
  return {
    route,
    request: {
      ...digested("GET", path, null, Buffer.alloc(0)),
      origin,
      path,
      segments: [],
      query: [],
      host: "",
      document: {},
      headers: [],
      body: Buffer.alloc(0),
    },
    action: "tools/call",
    resourceType: "tool",
    name: "check",
    arguments: {},
    argumentsRead: null,
    argumentsOmitted: false,
    beside: {},
    declaredIntent: null,
    declaredSession: null,
    declaredTrace: null,
    preferWait: null,
    idempotencyKey: null,
    definition: null,
    mcp: null,
  };
}

function subjectNamed(id: string): Subject {
  return {
    type: "agent",
    id,
    issuer: "urn:sallyport:check",
    clientId: null,
    roles: [],
    scopes: [],
    claims: {},
    claimsOmitted: [],
    proof: { method: "none", key: null },
    actingFor: null,
    owner: null,
    actorChain: [],
    session: null,
    task: null,
    purpose: null,
    taskText: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
    token: null,
  };
}
