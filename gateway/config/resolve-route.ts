import type { JsonLimits, Route } from "../domain/route.ts";
import type { RouteValues } from "./draft.ts";
import { readOpenapi } from "./openapi.ts";

export interface RouteSurroundings {
  readonly folder: string;
  /** Public URL of the agents listener; null when it is only known after binding (then `audience` is given). */
  readonly publicUrl: string | null;
  /** What routes call them, by issuer id: `IssuerConfig.trust`. */
  readonly issuers: ReadonlyMap<string, string>;
}

const defaultMethods = { http: ["GET", "POST"], mcp: ["GET", "POST", "DELETE"] };

/** A checked route of the file as the other rooms know it. */
export function resolveRoute(values: RouteValues, around: RouteSurroundings): Route {
  return {
    id: values.id,
    host: values.host,
    prefix: values.prefix,
    upstreamPrefix: values.rewrite ?? values.prefix,
    protocol: values.protocol,
    server: values.server,
    upstream: upstreamOf(values),
    methods: new Set(values.methods ?? defaultMethods[values.protocol]),
    audience: values.audience ?? defaultAudience(around.publicUrl, values.prefix),
    issuers: values.issuers.flatMap((id) => around.issuers.get(id) ?? []),
    proof: { required: values.proof.required, dpopNonce: values.proof.dpop_nonce ?? null },
    body: {
      policy: values.body.policy,
      maxBytes: values.body.max,
      accept: values.body.accept,
      limits: resolveLimits(values.body.limits),
    },
    openapi: values.openapi === undefined ? null : readOpenapi(around.folder, values.openapi),
    origins: values.origins,
    hold: {
      status: values.hold.status,
      maxWaitMs: values.hold.max_wait,
      silentWaitMs: values.hold.silent_wait,
      clientTimeoutMs: values.hold.client_timeout,
      progressResetsTimeout: values.hold.progress_resets_timeout,
      keepResultMs: values.hold.keep_result,
      progressEveryMs: values.hold.progress_every,
      tasks: values.hold.tasks,
      boundHeaders: new Set(values.hold.bind_headers),
      onCancel: values.hold.on_cancel,
    },
    durability: values.durability,
    credential: values.credential ?? null,
  };
}

export function resolveLimits(limits: RouteValues["body"]["limits"]): JsonLimits {
  return {
    maxDepth: limits.depth,
    maxKeysPerObject: limits.keys_per_object,
    maxKeys: limits.keys,
    maxStringBytes: limits.string,
  };
}

function upstreamOf({ upstream }: RouteValues): Route["upstream"] {
  return {
    origin: upstream.origin,
    addresses: new Set(["public" as const, ...upstream.allow_addresses]),
    connectTimeoutMs: upstream.connect_timeout,
    headersTimeoutMs: upstream.headers_timeout,
    bodyTimeoutMs: upstream.body_timeout,
    maxResponseBytes: upstream.max_response,
    connections: upstream.connections,
    answerHeaders: new Set<string>(upstream.answer_headers),
  };
}

/** The resource identifier of RFC 8707 for this route: no slash at the end. */
function defaultAudience(publicUrl: string | null, prefix: string): string {
  return prefix === "/" ? String(publicUrl) : `${publicUrl}${prefix}`;
}
