import { stringify } from "yaml";
import { configuredCredential } from "./server-credential.ts";
import { approverRole, type Site, type Upstream } from "./site.ts";

/** `sallyport.yaml` of a new site in `folder`. */
export function siteConfig(site: Site, folder: string): string {
  const { server, tools, upstream, credential, approver } = site;
  const carried = credential === null ? {} : { credential: server };
  const route = upstream === null ? [] : [{ ...routeOf(server, upstream), ...forwarded(tools), ...carried }];
  const parts = {
    version: 1,
    environment: "development",
    listeners: { console: { login: { users: [{ name: approver, roles: [approverRole, "operator"] }] } } },
    issuers: [{ id: "dev", development: true }],
    ...(credential === null ? {} : { credentials: { [server]: configuredCredential(credential, folder) } }),
    routes: route,
    policy: { sources: ["library", "./policy"] },
  };
  return `${comment}${stringify(parts, { flowCollectionPadding: true })}`;
}

const comment = `# Every option: docs/config.md. The issuer "dev" makes tokens for trying out; name your own by \`jwks\` before agents use it.
`;

function routeOf(server: string, upstream: Upstream): object {
  const prefix = upstream.protocol === "mcp" ? `/mcp/${server}` : `/${server}`;
  return { id: server, prefix, protocol: upstream.protocol, server, issuers: ["dev"], ...placeOf(upstream) };
}

/** Without this the tools of these methods could be allowed and never be reached. Policy judges each call of them all the same. */
function forwarded(tools: Site["tools"]): object {
  const usual = ["GET", "POST"];
  const described = tools.flatMap(({ method }) => (method === null ? [] : [method]));
  const methods = new Set([...usual, ...described]);
  return methods.size === usual.length ? {} : { methods: [...methods] };
}

function placeOf(upstream: Upstream): object {
  if ("command" in upstream) return { upstream: { command: upstream.command } };
  const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(upstream.origin).hostname);
  return {
    rewrite: upstream.path,
    upstream: { origin: upstream.origin, ...(loopback ? { allow_addresses: ["loopback"] } : {}) },
    ...("openapi" in upstream ? { openapi: upstream.openapi } : {}),
  };
}
