import type { Route } from "../domain/route.ts";
import type { AuthzenConfig } from "./config.ts";
import { parseReference } from "./environment.ts";
import { resolveLimits, type RouteSurroundings } from "./resolve-route.ts";
import type { ConfigValues } from "./schema.ts";

type AuthzenValues = NonNullable<ConfigValues["authzen"]>;

export function resolveAuthzen(values: ConfigValues["authzen"], around: RouteSurroundings): AuthzenConfig | null {
  if (values === undefined) return null;
  const { allow, allow_addresses, secret, timeout } = values.callbacks;
  return {
    route: routeOf(values, around),
    evaluations: values.evaluations,
    requestWithinMs: values.request_within,
    ignoredContext: ["time", ...values.ignored_context],
    callbacks: {
      allow,
      addresses: new Set(["public" as const, ...allow_addresses]),
      secretReference: secret === undefined ? null : absolute(secret, around.folder),
      timeoutMs: timeout,
    },
  };
}

function absolute(secret: string, folder: string): string {
  const reference = parseReference(secret, folder);
  return reference?.kind === "file" ? `file:${reference.path}` : secret;
}

/** Enforcement points ask again; no connection waits. */
const neverWaits: Route["hold"] = {
  status: 202,
  maxWaitMs: 0,
  silentWaitMs: 0,
  clientTimeoutMs: 0,
  progressResetsTimeout: false,
  keepResultMs: 0,
  progressEveryMs: 0,
  tasks: false,
  boundHeaders: new Set(),
  onCancel: "detach",
};

/** A route in all but the forwarding: the same strict reading and the same proof of who calls. */
function routeOf(values: AuthzenValues, { publicUrl, issuers }: RouteSurroundings): Route {
  return {
    id: "authzen",
    host: "*",
    prefix: "/access/v1",
    upstreamPrefix: "/access/v1",
    protocol: "authzen",
    server: "authzen",
    upstream: {
      origin: "http://authzen.invalid",
      addresses: new Set(),
      connectTimeoutMs: 0,
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
      maxResponseBytes: 0,
      connections: 0,
      answerHeaders: new Set(),
    },
    methods: new Set(["GET", "POST", "DELETE"]),
    audience: values.audience ?? `${publicUrl}/access/v1`,
    issuers: values.issuers.flatMap((id) => issuers.get(id) ?? []),
    proof: { required: values.proof.required, dpopNonce: values.proof.dpop_nonce ?? null },
    body: {
      policy: "read",
      maxBytes: values.body.max,
      accept: ["application/json"],
      limits: resolveLimits(values.body.limits),
    },
    openapi: null,
    origins: [],
    hold: neverWaits,
    durability: "strict",
  };
}
