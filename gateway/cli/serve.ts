import { Option } from "commander";
import { configDocument, readConfig } from "../config/read-config.ts";
import { escapeControls } from "../lib/look-alike.ts";
import { asCliFailure, CliFailure, type ConfigOptions, configOption, exits, type Verb } from "./common/verb.ts";
import { warnedByRules } from "./config-rules.ts";
import { policySources, sourceNames } from "../bundles/layers/policy-source.ts";
import type { Config, Login } from "../config/config.ts";
import { samePerson } from "../domain/approval.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";
import type { Route } from "../domain/route.ts";
import { didYouMean } from "../lib/did-you-mean.ts";
import { type CheckedPolicy, checkedPolicy } from "./check-policy.ts";
import { openapiProblems, openapiWarnings } from "./openapi-warnings.ts";

const opaConfigOption = new Option(
  "--opa-config <file>",
  "take services, bundles, status, decision logs and labels of an OPA configuration too",
);

interface ServeOptions extends ConfigOptions {
  readonly acceptStore: boolean;
  readonly opaConfig?: string | null;
}

/** `sallyport serve`: the gateway itself, in the foreground. */
export const serve: Verb = {
  usage: "serve",
  summary: "run the gateway",
  examples: ["serve", "serve -c deploy/sallyport.yaml", "serve --opa-config opa.yaml"],
  options: [
    configOption,
    new Option("--accept-store", "start with a store that is behind its log, such as a restored one; once").default(
      false,
    ),
    opaConfigOption,
  ],
  run(deps, { config, acceptStore, opaConfig = null }: ServeOptions) {
    const read = readConfig(config, { opaConfig, warn: (line) => deps.printer.message(`warning: ${line}`) });
    return deps.serve(read, { path: config, opaConfig }, acceptStore);
  },
};

interface CheckOptions extends ConfigOptions {
  readonly skipSecrets: boolean;
  readonly opaConfig?: string | null;
  readonly rules?: string;
}

/** `sallyport check`: the configuration, every file it names and the policy, without starting anything. */
export const check: Verb = {
  usage: "check",
  summary: "check the configuration, the files it names and the policy",
  examples: ["check", "check -c deploy/sallyport.yaml --skip-secrets", "check --rules config-rules"],
  options: [
    configOption,
    new Option("--skip-secrets", "do not look whether the secrets are there").default(false),
    opaConfigOption,
    new Option(
      "--rules <folder>",
      "Rego about the configuration itself: deny, violation and warn in package main, as for Conftest",
    ),
  ],
  async run({ printer, clock }, { config: file, json, skipSecrets, opaConfig = null, rules }: CheckOptions) {
    const ignored: string[] = [];
    const config = readConfig(file, { secrets: !skipSecrets, opaConfig, warn: (line) => void ignored.push(line) });
    const routes = config.routes.map(({ id, host, prefix, protocol, server }) => ({
      id,
      host,
      prefix,
      protocol,
      server,
    }));
    const issuers = config.issuers.map(({ id, issuer, development }) => ({ id, issuer, development }));
    const read = policySources(config.policy).filter(({ kind }) => kind !== "generated");
    const named = read
      .map((one) => (one.kind === "bundle" ? sourceNames([one]) : `${one.kind} ${one.path}`))
      .join(", ");
    const sources = read.map(({ kind, path }) => ({ kind, path }));
    const ruled = rules === undefined ? [] : await warnedByRules(file, configDocument(file, opaConfig), rules);
    const policy = await checkedPolicy(config, { clock, skipSecrets }).catch((thrown: unknown) => {
      throw withWarnings(thrown, [...ignored, ...ruled]);
    });
    const warnings = [...ignored, ...ruled, ...checkWarnings(config, policy)];
    const documents = ownRoutes(config).flatMap((route, index) => openapiProblems(route, `routes[${index}]`));
    if (documents.length > 0 || policy.problems.length > 0) throw noStart(file, { documents, policy, warnings });
    const verdict = policy.data === null ? "lets the gateway start, and its policy was not checked" : "is good";
    const good = `${file} ${verdict}: ${counted(routes.length, "route")}, ${counted(issuers.length, "issuer")}, policy from ${named}`;
    const result = { ok: true, file: config.file, routes, issuers, policy: sources, warnings };
    printer.result(json, result, [...warnings.map(warningLine), good].join("\n"));
  },
};

const warningLine = (warning: string): string => escapeControls(`warning: ${warning}`);

/** What ends a check before there is a result of it takes what was found until then along. */
function withWarnings(thrown: unknown, warnings: readonly string[]): unknown {
  const failure = asCliFailure(thrown);
  if (failure === null || warnings.length === 0) return thrown;
  const { exit, code, message, details } = failure;
  return new CliFailure(exit, code, [...warnings.map(warningLine), message].join("\n"), { ...details, warnings });
}

interface NoStart {
  /** Of OpenAPI documents. */
  readonly documents: readonly string[];
  readonly policy: CheckedPolicy;
  readonly warnings: readonly string[];
}

/**
 * What ends a start ends a check too, with the same exit code: a deployment should not find it out. So does a refused policy with which a
 * gateway starts only because another judges, or none.
 */
function noStart(file: string, { documents, policy, warnings }: NoStart): CliFailure {
  const problems = [...documents, ...policy.problems.map((problem) => `policy: ${problem}`)];
  const said = `${file}: ${documents.length > 0 ? "the gateway does not start with this" : policy.outcome}:`;
  const message = [...warnings.map(warningLine), said, ...problems].join("\n");
  const [exit, code] =
    documents.length > 0 ? ([exits.usage, "config_invalid"] as const) : ([exits.policy, "policy_invalid"] as const);
  return new CliFailure(exit, code, message, { problems, warnings });
}

/** As the file has them: the route on which operations are tools is none of its own, and is sent as its HTTP route is. */
function ownRoutes({ routes }: Config): Route[] {
  return routes.filter(({ operationsOf }) => operationsOf === undefined);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * One sentence for each part of a valid configuration that has no effect: operations that no call reaches, servers and
 * names that the policy's catalog does not have, approvals that no person may give.
 */
function checkWarnings(config: Config, { warnings, data }: CheckedPolicy): string[] {
  const routes = ownRoutes(config);
  return [
    ...warnings,
    ...routes.flatMap((route, index) => openapiWarnings(route, `routes[${index}]`)),
    ...(data === null ? [] : routes.flatMap((route, index) => catalogWarnings(route, index, data))),
    ...(data === null ? [] : approverWarnings(data, config)),
  ];
}

/** A tool outside the catalog is denied, so a server outside it has no tool that may be called. */
function catalogWarnings({ server }: Route, index: number, data: JsonObject): string[] {
  const sallyport = data["sallyport"];
  // A policy without the catalog of the policy library describes its tools in another way.
  const catalog: JsonValue | undefined = isJsonObject(sallyport) ? sallyport["catalog"] : undefined;
  if (catalog === undefined || !isJsonObject(catalog) || Object.hasOwn(catalog, server)) return [];
  const hint = didYouMean(server, Object.keys(catalog));
  return [
    `routes[${index}].server: data.sallyport.catalog has no line for ${server}${hint}; all its tools are unknown`,
  ];
}

/** A role that the policy's data names for a server, and how many people with it have to approve. */
interface NeededRole {
  /** Path of the line, below `data.sallyport`. */
  readonly at: string;
  readonly server: string;
  readonly role: string;
  readonly people: number;
}

/** Approvals that rego/sallyport/rules/amounts/two_people requires. */
const twoPeopleCount = 2;

/**
 * One warning for each role that the policy's data requires for approvals and that too few people have. Roles that an
 * identity provider may give are not counted, because any number of people may get them. Roles in Rego code are not
 * found; data of servers that no call can reach is ignored.
 */
function approverWarnings(data: JsonObject, { listeners, routes, authzen }: Config): string[] {
  const { login } = listeners.console;
  // AuthZEN questions of other enforcement points name servers that have no route here.
  const isReached = ({ server }: NeededRole): boolean =>
    authzen !== null || routes.some((one) => one.server === server);
  const mapped = new Set([...(login?.oidc?.roles.values() ?? [])].flat());
  const users = login?.users ?? [];
  return [...roleWarnings(neededRoles(data).filter(isReached), users, mapped), ...sharedNames(users)];
}

type Users = Login["users"];

function roleWarnings(needs: readonly NeededRole[], users: Users, mapped: ReadonlySet<string>): string[] {
  const given = new Set([...mapped, ...users.flatMap(({ roles }) => roles)]);
  return [...Map.groupBy(needs, ({ role }) => role)].flatMap(([role, ofRole]) => {
    const holders = distinct(users.filter(({ roles }) => roles.includes(role))).length;
    const lacking = mapped.has(role) ? [] : ofRole.filter(({ people }) => people > holders);
    if (lacking.length === 0) return [];
    const places = lacking.map(({ at }) => `data.sallyport.${at}`).join(", ");
    const most = Math.max(...lacking.map(({ people }) => people));
    const problem =
      holders === 0
        ? `nobody has the role ${role}${didYouMean(role, [...given])}`
        : `${most} people with the role ${role} are needed, and ${holders} ${holders === 1 ? "person has" : "people have"} it`;
    return [`listeners.console.login: ${problem}; calls that wait for it (${places}) are never approved`];
  });
}

/** Each person once: votes are counted by person and not by account. */
function distinct(users: Users): Users[number][] {
  return users.filter((user, index) => !users.slice(0, index).some((other) => isSame(user, other)));
}

function isSame(one: Users[number], other: Users[number]): boolean {
  return samePerson({ approver: one.name, also: one.also }, { approver: other.name, also: other.also });
}

function sharedNames(users: Users): string[] {
  return users.flatMap((user, index) =>
    users
      .slice(0, index)
      .filter((other) => isSame(user, other))
      .map(
        ({ name }) =>
          `listeners.console.login.users: ${name} and ${user.name} have a name or an address in \`also\` in common, so they count as one person: they fill one place together, and neither decides about what is called for the other`,
      ),
  );
}

function neededRoles(data: JsonObject): NeededRole[] {
  const sallyport = data["sallyport"];
  const approvers = membersOf(member(sallyport, "approvers")).flatMap(([server, line]) =>
    needed(`approvers.${server}`, server, line, member(line, "count")),
  );
  const twoPeople = membersOf(member(sallyport, "two_people")).flatMap(([server, tools]) =>
    membersOf(tools).flatMap(([tool, line]) => needed(`two_people.${server}.${tool}`, server, line, twoPeopleCount)),
  );
  return [...approvers, ...twoPeople];
}

function needed(at: string, server: string, line: JsonValue, people: JsonValue | undefined): NeededRole[] {
  const role = member(line, "role");
  return typeof role === "string" ? [{ at, server, role, people: typeof people === "number" ? people : 1 }] : [];
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

function membersOf(value: JsonValue | undefined): [string, JsonValue][] {
  return isJsonObject(value) ? Object.entries(value) : [];
}
