import type { Config } from "../config/config.ts";
import type { Bundles, DefinitionLedger, KnownNames } from "../domain/ports.ts";
import { lookKey } from "../lib/look-alike.ts";

interface NamesDeps {
  readonly bundles: Pick<Bundles, "active">;
  readonly definitions: Pick<DefinitionLedger, "fact">;
}

/** What the configuration, the policy's catalog and the definitions of tools have names of, though nobody has called it yet. */
export function knownNames({ issuers, routes }: Config, { bundles, definitions }: NamesDeps): KnownNames {
  const servers = new Set(routes.map(({ server }) => lookKey(server)));
  const trusted = new Set(issuers.map(({ issuer }) => lookKey(issuer.replace(/\/$/, ""))));
  return {
    async has({ kind, target }) {
      if (target === null) return false;
      if (kind === "issuer") return trusted.has(lookKey(target.replace(/\/$/, "")));
      if (kind === "server") return servers.has(lookKey(target));
      if (kind !== "tool") return false;
      const [server = "", ...rest] = target.split("/");
      const tool = rest.join("/");
      if (bundles.active()?.catalog(server, tool).known === true) return true;
      return servers.has(lookKey(server)) && (await definitions.fact(server, tool)).digest !== null;
    },
  };
}
