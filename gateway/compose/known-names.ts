import type { Config } from "../config/config.ts";
import type { Bundles, DefinitionLedger, KnownNames, LeaseService } from "../domain/ports.ts";
import { lookKey } from "../lib/look-alike.ts";

interface NamesDeps {
  readonly bundles: Pick<Bundles, "active">;
  readonly definitions: Pick<DefinitionLedger, "fact">;
  readonly leases: Pick<LeaseService, "get">;
}

/** What the configuration, the policy's catalog, the definitions of tools and the tasks have names of, though nobody has called it yet. */
export function knownNames({ issuers, routes }: Config, { bundles, definitions, leases }: NamesDeps): KnownNames {
  const servers = new Set(routes.map(({ server }) => lookKey(server)));
  const trusted = new Set(issuers.map(({ issuer }) => lookKey(issuer.replace(/\/$/, ""))));
  return {
    async has({ kind, target }) {
      if (target === null) return false;
      if (kind === "issuer") return trusted.has(lookKey(target.replace(/\/$/, "")));
      if (kind === "server") return servers.has(lookKey(target));
      if (kind === "task") return (await leases.get(target)) !== null;
      if (kind !== "tool") return false;
      const [server = "", ...rest] = target.split("/");
      const tool = rest.join("/");
      if (bundles.active()?.catalog(server, tool).known === true) return true;
      return (
        servers.has(lookKey(server)) && (await definitions.fact({ server, kind: "tool", name: tool })).digest !== null
      );
    },
  };
}
