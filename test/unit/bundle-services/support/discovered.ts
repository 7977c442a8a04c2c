/** Documents of discovery bundles, and how a gateway that is served by the room reads them. */
import { evaluateDocument } from "../../../../gateway/bundle-services/discovery/evaluate-document.ts";
import type { DiscoverySource } from "../../../../gateway/bundle-services/discovery/discovery.ts";
import { discoveredFrom } from "../../../../gateway/config/opa/discovered.ts";
import { configSchema } from "../../../../gateway/config/schema.ts";
import type { ServedBundle } from "../../../../gateway/domain/bundle-service.ts";
import type { BundleTrust } from "../../../../gateway/domain/settings.ts";
import { opaBuilt } from "../../../support/bundles/opa-built.ts";
import { opa } from "../../decide/support/compile-rego.ts";

/** By name, with the path that the server has it at. */
export const bundlesAt = (paths: Readonly<Record<string, string>>): object => ({
  bundles: Object.fromEntries(Object.entries(paths).map(([name, resource]) => [name, { service: "acme", resource }])),
});

/** A bundle whose data is the document. */
export const documentBundle = (document: object, flags: readonly string[] = []): Promise<Buffer> =>
  opaBuilt({ "data.json": JSON.stringify({ site: document }) }, flags);

/** `ofBundles`: who signs those of documents. The document is at `data.site`; its bundles are asked for every few milliseconds, as the others of the room are. */
export function discovered(
  trust: BundleTrust | null = null,
  ofBundles: BundleTrust | null = null,
): (bundle: ServedBundle) => DiscoverySource {
  return (bundle) => {
    const { policy } = configSchema.parse({
      version: 1,
      policy: { services: { acme: { url: bundle.service.url, allow_addresses: ["loopback"] } } },
    });
    const read = discoveredFrom({
      ground: { services: policy.services, folder: "/", dataDir: `${bundle.folder}/../..` },
      signing: null,
      stale: { when_stale: "tell" },
      own: { bundles: ["own"], labels: ["site"], status: false, decisionLogs: false },
    });
    return {
      bundle: { served: bundle, trust },
      evaluate: (file) =>
        evaluateDocument(file, { opa, decision: ["site"], runtime: { config: { labels: { region: "eu" } }, env: {} } }),
      read(document) {
        const found = read(document);
        const { polling } = bundle;
        return {
          ...found,
          bundles: found.bundles.map(({ served }) => ({ served: { ...served, polling }, trust: ofBundles })),
        };
      },
    };
  };
}
