import type { RouteValues } from "./draft.ts";

/** Where the gateway's own endpoints are; the audience of each is this path below the public URL, unless it is named. */
export const ownPrefixes = {
  authzen: "/access/v1",
  hooks: "/access/v1/self",
  taskText: "/sessions",
  tasks: "/tasks",
} as const;

interface Listener {
  readonly host: string;
  readonly port: number;
  readonly public_url?: string | undefined;
  readonly tls?: unknown;
}

/** null when it is only known after binding. */
export function publicUrlOf({ host, port, public_url, tls }: Listener): string | null {
  const scheme = tls === undefined ? "http" : "https";
  const bound = port === 0 ? null : `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return public_url ?? bound;
}

/** The resource identifier of RFC 8707 for this path: no slash at the end. */
export function defaultAudience(publicUrl: string | null, prefix: string): string {
  return prefix === "/" ? String(publicUrl) : `${publicUrl}${prefix}`;
}

/** What the tokens of a route must name. */
export function routeAudience({ audience, prefix }: RouteValues, publicUrl: string | null): string {
  return audience ?? defaultAudience(publicUrl, prefix);
}

/** On the path where the operations of an HTTP route are tools: MCP clients ask for tokens for the URL that they were given (RFC 8707). */
export function operationsAudience(http: RouteValues, path: string, publicUrl: string | null): string {
  return publicUrl === null ? routeAudience(http, publicUrl) : defaultAudience(publicUrl, path);
}
