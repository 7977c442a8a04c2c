import { join, resolve } from "node:path";
import type { BundleService, ServedBundle, StatusTarget } from "../domain/bundle-service.ts";
import type { ServedBundleValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { resolveServiceCredential } from "./resolve-service-credential.ts";
import type { ConfigValues } from "./schema.ts";

type PolicyValues = ConfigValues["policy"];

/** What bundles of services are put together of. */
export interface ServiceGround {
  readonly services: PolicyValues["services"];
  /** That relative paths of the configuration start from. */
  readonly folder: string;
  readonly dataDir: string;
}

export function servedBundle(values: ServedBundleValues, { services, folder, dataDir }: ServiceGround): ServedBundle {
  const { bundle: name, polling } = values;
  return {
    name,
    service: serviceNamed(values.service, services, folder),
    resource: (values.resource ?? `bundles/${name}`).replace(/^\/+|\/+$/g, ""),
    polling: {
      minMs: polling.min_delay_seconds * 1_000,
      maxMs: polling.max_delay_seconds * 1_000,
      waitS: polling.long_polling_timeout_seconds ?? null,
    },
    persist: values.persist,
    maxBytes: values.size_limit_bytes,
    maxStaleMs: values.max_stale ?? null,
    denyStale: values.when_stale === "deny",
    folder: join(dataDir, "bundles", name),
  };
}

export function statusTarget(
  { service, partition_name }: NonNullable<PolicyValues["status"]>,
  { services, folder }: Pick<ServiceGround, "services" | "folder">,
): StatusTarget {
  return { service: serviceNamed(service, services, folder), partition: partition_name ?? "" };
}

function serviceNamed(name: string, services: PolicyValues["services"], folder: string): BundleService {
  const service = services[name];
  if (service === undefined) throw new Error(`the service ${name} passed the checks and is not there`);
  return serviceOf(name, service, folder);
}

function serviceOf(name: string, values: PolicyValues["services"][string], folder: string): BundleService {
  const { client_tls: client } = values.credentials;
  const { ca_cert: ca } = values.tls;
  const headers = Object.entries(values.headers).map(([key, value]) => [key, absoluteReference(value, folder)]);
  return {
    name,
    type: values.type ?? "bundles",
    url: values.url.replace(/\/+$/, ""),
    headers: Object.fromEntries(headers) as Record<string, string>,
    credential: resolveServiceCredential(values, folder),
    tls: {
      caFile: ca === undefined ? null : resolve(folder, ca),
      client:
        client === undefined
          ? null
          : { certFile: resolve(folder, client.cert), keyFile: resolve(folder, client.private_key) },
    },
    addresses: new Set(values.allow_addresses),
    headerTimeoutMs: values.response_header_timeout_seconds * 1_000,
  };
}
