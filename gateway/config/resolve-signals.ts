import { type AuthorizationSettings, codeMs, nameSpace } from "../domain/authorization.ts";
import type { Route } from "../domain/route.ts";
import type { SignalAction, SignalName, SpokenFor, TransmitterSettings } from "../domain/signal.ts";
import type { JsonObject } from "../lib/json.ts";
import { ownIssuerId } from "./authorized-here.ts";
import type { IssuerConfig, SignalsConfig } from "./config.ts";
import type { TransmitterValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { resolveKeys } from "./resolve-issuers.ts";
import { ownRoute } from "./resolve-own-routes.ts";
import type { RouteContext } from "./resolve-routes.ts";
import type { ConfigValues } from "./schema.ts";
import { defaultActions } from "./schema/signals.ts";
import { parseDuration } from "./schema/values.ts";

/** Who gives tokens that signals can be about. */
type TokenGivers = { readonly issuers: readonly IssuerConfig[]; readonly authorization: AuthorizationSettings | null };

const noJson = { maxDepth: 0, maxKeysPerObject: 0, maxKeys: 0, maxStringBytes: 0 };

/** One SET; the receiver has the same limit for those that are fetched. */
const pushedBody: Route["body"] = {
  policy: "read",
  accept: ["application/secevent+jwt"],
  maxBytes: 64 * 1024,
  limits: noJson,
};

const ownPaths = {
  ...({ id: "signals", prefix: "/signals", protocol: "http", methods: ["POST"], audience: "", issuers: [] } as const),
  proof: { required: false },
  body: pushedBody,
};

export function resolveSignals(
  { signals, instance }: Pick<ConfigValues, "signals" | "instance">,
  givers: TokenGivers,
  context: RouteContext,
): SignalsConfig {
  return {
    route: { ...ownRoute(ownPaths, context), body: pushedBody },
    transmitters: signals.map((one) => resolveTransmitter(one, givers, instance, context)),
  };
}

function resolveTransmitter(
  values: TransmitterValues,
  givers: TokenGivers,
  instance: string,
  { folder, publicUrl }: RouteContext,
): TransmitterSettings {
  return {
    id: values.id,
    issuer: values.issuer,
    audience: values.audience ?? `${publicUrl}/signals/${values.id}`,
    keys: values.jwks === undefined ? null : resolveKeys(values.jwks, folder),
    algorithms: values.algorithms,
    clockSkewMs: values.clock_skew,
    maxAgeMs: values.max_age,
    about: spokenFor(values, givers),
    opaque: values.opaque ?? null,
    ignoredMembers: new Set(values.ignore_members),
    events: new Map(
      (Object.keys(values.events) as SignalName[]).map((name) => [name, actionOf(name, values.events[name])]),
    ),
    delivery: deliveryOf(values, publicUrl, folder),
    stream: streamOf(values, instance),
    api: apiOf(values, folder),
  };
}

/** People who sign in here with an issuer's provider have its names, so whoever speaks for it speaks for the tokens given to them. */
function spokenFor({ about, issuer: iss }: TransmitterValues, { issuers, authorization }: TokenGivers): SpokenFor[] {
  const named = issuers.filter(({ id, issuer }) => about?.includes(id) ?? issuer === iss);
  const others = named.map(({ issuer, maxLifetimeMs }) => ({
    issuer,
    maxLifetimeMs,
    people: new Map(),
    namesSessions: true,
  }));
  if (authorization === null) return others;
  const provider = authorization.signIn?.issuer;
  const isNamed = about?.includes(ownIssuerId) ?? iss === provider;
  if (!isNamed && !others.some(({ issuer }) => issuer === provider)) return others;
  return [...others, spokenForHere(authorization, isNamed)];
}

/** @param isNamed else only people of the provider where they sign in are meant */
function spokenForHere(authorization: AuthorizationSettings, isNamed: boolean): SpokenFor {
  const { issuer, signIn, assertions, refresh, accessMs } = authorization;
  const providers = [...(signIn === null ? [] : [signIn]), ...(isNamed ? assertions : [])];
  return {
    issuer,
    maxLifetimeMs: Math.max(refresh.longestMs, accessMs + codeMs),
    people: new Map(providers.map(({ issuer: of }) => [of, nameSpace(of, authorization)])),
    namesSessions: false,
  };
}

function actionOf(
  name: SignalName,
  { do: action, for: forMs, level }: TransmitterValues["events"][SignalName],
): SignalAction {
  if (action === "ignore") return { do: "ignore" };
  if (action === "end") return { do: "end", forMs: forMs ?? null };
  return { do: "risk", level: level ?? null, forMs: forMs ?? parseDuration(defaultActions[name].for) };
}

function deliveryOf(
  { id, delivery, poll, authorization }: TransmitterValues,
  publicUrl: string | null,
  folder: string,
): TransmitterSettings["delivery"] {
  if (delivery === "push") {
    if (authorization === undefined) throw new Error("a pushed stream without authorization passed the checks");
    const url = publicUrl === null ? null : `${publicUrl}/signals/${id}`;
    return { method: "push", url, authorizationReference: absoluteReference(authorization, folder) };
  }
  return {
    method: "poll",
    url: poll.url ?? null,
    maxEvents: poll.max_events,
    waitMs: poll.wait,
    firstRetryMs: poll.first_retry,
    longestRetryMs: poll.longest_retry,
  };
}

function streamOf({ stream }: TransmitterValues, instance: string): TransmitterSettings["stream"] {
  if (stream === undefined) return null;
  return {
    streamId: stream.id ?? null,
    description: stream.description ?? `Sallyport ${instance}`,
    subjects: stream.subjects as unknown as readonly JsonObject[],
    statusEveryMs: stream.status_every,
    verifyEveryMs: stream.verify_every,
    verifyWithinMs: stream.verify_within,
  };
}

function apiOf({ api }: TransmitterValues, folder: string): TransmitterSettings["api"] {
  return {
    metadataUrl: api.metadata ?? null,
    access: accessOf(api, folder),
    addresses: new Set(api.allow_addresses),
    insecure: api.allow_insecure,
    timeoutMs: api.timeout,
  };
}

function accessOf(
  { authorization, client }: TransmitterValues["api"],
  folder: string,
): TransmitterSettings["api"]["access"] {
  if (authorization !== undefined) return { kind: "header", reference: absoluteReference(authorization, folder) };
  if (client === undefined) return null;
  return {
    kind: "client",
    tokenEndpoint: client.token_endpoint,
    clientId: client.client_id,
    secretReference: absoluteReference(client.client_secret, folder),
    scope: client.scope ?? null,
  };
}
