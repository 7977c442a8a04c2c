import type { Route } from "../domain/route.ts";
import type { SignalAction, SignalName, TransmitterSettings } from "../domain/signal.ts";
import type { JsonObject } from "../lib/json.ts";
import type { IssuerConfig, SignalsConfig } from "./config.ts";
import type { TransmitterValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { resolveKeys } from "./resolve-issuers.ts";
import { ownRoute } from "./resolve-own-routes.ts";
import type { RouteContext } from "./resolve-routes.ts";
import type { ConfigValues } from "./schema.ts";
import { defaultActions } from "./schema/signals.ts";
import { parseDuration } from "./schema/values.ts";

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
  issuers: readonly IssuerConfig[],
  context: RouteContext,
): SignalsConfig {
  return {
    route: { ...ownRoute(ownPaths, context), body: pushedBody },
    transmitters: signals.map((one) => resolveTransmitter(one, issuers, instance, context)),
  };
}

function resolveTransmitter(
  values: TransmitterValues,
  issuers: readonly IssuerConfig[],
  instance: string,
  { folder, publicUrl }: RouteContext,
): TransmitterSettings {
  const about = issuers.filter(({ id, issuer }) => values.about?.includes(id) ?? issuer === values.issuer);
  return {
    id: values.id,
    issuer: values.issuer,
    audience: values.audience ?? `${publicUrl}/signals/${values.id}`,
    keys: values.jwks === undefined ? null : resolveKeys(values.jwks, folder),
    algorithms: values.algorithms,
    clockSkewMs: values.clock_skew,
    maxAgeMs: values.max_age,
    about: about.map(({ issuer, maxLifetimeMs }) => ({ issuer, maxLifetimeMs })),
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
