import { ociReference } from "../../domain/oci-reference.ts";
import { didYouMean } from "../../lib/did-you-mean.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import {
  type Draft,
  isServedBundle,
  present,
  type ServedBundleValues,
  type ServiceValues,
  type SigningValues,
} from "../draft.ts";
import { parseReference } from "../environment.ts";
import { discoveryName } from "../schema/bundle-services.ts";
import { insecure } from "./channels.ts";
import { credentialFindings, credentialReferences } from "./service-credentials.ts";
import { missingFile } from "./vault-credentials.ts";

/** Bundle services can be reached as they are written, and each bundle is one of a service that there is. */
export function checkBundleServices(draft: Draft): Finding[] {
  const { services } = draft;
  const bundles = servedBundles(draft);
  const names = bundles.map(({ values }) => values.bundle);
  return [
    ...unknownService(draft.policy?.status?.service, ["policy", "status", "service"], Object.keys(services)),
    ...Object.entries(services).flatMap(([name, one]) =>
      one === null ? [] : serviceFindings(one, ["policy", "services", name], draft),
    ),
    ...bundles.flatMap(({ values, path }, index) => [
      ...(names.indexOf(values.bundle) === index
        ? []
        : [finding([...path, "bundle"], `another bundle is called ${values.bundle} already`)]),
      ...(ownNames.includes(values.bundle)
        ? [finding([...path, "bundle"], "is the name of a source of the gateway's own; call the bundle otherwise")]
        : []),
      ...bundleFindings(values, path, services),
    ]),
    ...discoveryFindings(draft),
  ];
}

function unknownService(name: string | undefined, path: Path, services: readonly string[]): Finding[] {
  if (name === undefined || services.includes(name)) return [];
  return [finding(path, `is none of policy.services${didYouMean(name, services)}`)];
}

/** Its document adds to a list, so that there has to be one. */
function discoveryFindings({ policy, services }: Draft): Finding[] {
  const { discovery, sources } = policy ?? {};
  if (discovery === undefined) return [];
  const path = ["policy", "discovery"];
  const namesake = (sources ?? []).findIndex((entry) => isServedBundle(entry) && entry.bundle === discoveryName);
  return [
    ...(sources === undefined
      ? [{ path, at: "key" as const, message: "adds bundles to policy.sources; write that, such as [library]" }]
      : []),
    ...(namesake === -1
      ? []
      : [finding(["policy", "sources", namesake, "bundle"], "is the name of the bundle of policy.discovery")]),
    ...bundleFindings(discovery, path, services),
  ];
}

/** The library, the rules of `policy.adopt`, and those of `policy.data_api`: files of both would be named alike. */
export const ownNames = ["library", "adopted", "asked"];

/** The entries of `policy.sources` that are bundles of a service, with their places. */
function servedBundles({ sources }: Draft): { readonly values: ServedBundleValues; readonly path: Path }[] {
  return present(sources).flatMap(({ item, index }) =>
    isServedBundle(item) ? [{ values: item, path: ["policy", "sources", index] }] : [],
  );
}

/** Headers that the gateway itself sends. */
const ownHeaders = ["authorization", "connection", "content-length", "host", "if-none-match", "prefer"];

function serviceFindings(values: ServiceValues, path: Path, draft: Draft): Finding[] {
  const { url, headers, tls, credentials } = values;
  const client = credentials.client_tls;
  return [
    ...(values.type === "oci" ? ociFindings(values, path) : []),
    ...(insecure(url)
      ? [finding([...path, "url"], "plain http beyond loopback lets others change the policy; use https")]
      : []),
    ...(new URL(url).search === ""
      ? []
      : [finding([...path, "url"], "must have no query; write it behind the resource of a bundle")]),
    ...Object.keys(headers)
      .filter((name) => ownHeaders.includes(name.toLowerCase()))
      .map((name) => ({
        path: [...path, "headers", name],
        at: "key" as const,
        message: `is sent by the gateway itself${name.toLowerCase() === "authorization" ? "; write credentials.bearer" : ""}`,
      })),
    ...(new URL(url).protocol === "https:" ? [] : withoutEffect({ tls, credentials }, path)),
    ...credentialFindings(credentials, [...path, "credentials"], draft.folder),
    ...missingFile(tls.ca_cert, [...path, "tls", "ca_cert"], draft.folder),
    ...missingFile(client?.cert, [...path, "credentials", "client_tls", "cert"], draft.folder),
    ...missingFile(client?.private_key, [...path, "credentials", "client_tls", "private_key"], draft.folder),
  ];
}

function ociFindings({ url, headers, credentials }: ServiceValues, path: Path): Finding[] {
  const key = (place: string[], message: string): Finding => ({ path: [...path, ...place], at: "key", message });
  return [
    ...(new URL(url).pathname === "/"
      ? []
      : [finding([...path, "url"], "must have no path: the references of bundles have it")]),
    ...(Object.keys(headers).length === 0 ? [] : [key(["headers"], "are not sent to a registry; remove them")]),
    ...(credentials.s3_signing === undefined
      ? []
      : [key(["credentials", "s3_signing"], "is not supported for a registry; write bearer or oauth2")]),
  ];
}

function withoutEffect({ tls, credentials }: Pick<ServiceValues, "tls" | "credentials">, path: Path): Finding[] {
  const places = [
    // They hold for the token endpoint too.
    ...(tls.ca_cert === undefined || credentials.oauth2 !== undefined ? [] : [["tls", "ca_cert"]]),
    ...(credentials.client_tls === undefined ? [] : [["credentials", "client_tls"]]),
  ];
  const message = "has no effect with a url of plain http; write an https url, or remove it";
  return places.map((place) => ({ path: [...path, ...place], at: "key", message }));
}

/** The bundle of a bundle service can be asked for as it is written. */
export function bundleFindings(
  values: Omit<ServedBundleValues, "bundle">,
  path: Path,
  services: Draft["services"],
): Finding[] {
  const { service, polling, max_stale: stale, when_stale } = values;
  const { min_delay_seconds: least, max_delay_seconds: most, long_polling_timeout_seconds: wait = 0 } = polling;
  return [
    ...unknownService(service, [...path, "service"], Object.keys(services)),
    // Of a malformed one nothing says whether it is a registry.
    ...(services[service] === null ? [] : registryFindings(values, path, services[service])),
    ...(most < least
      ? [finding([...path, "polling", "max_delay_seconds"], "must not be shorter than min_delay_seconds")]
      : []),
    ...(stale !== undefined && stale <= Math.max(most, wait) * 1_000
      ? [finding([...path, "max_stale"], "must be longer than the pauses of polling, or every bundle would be stale")]
      : []),
    ...(stale === undefined && when_stale === "deny"
      ? [finding([...path, "when_stale"], "needs max_stale: after how long calls are refused")]
      : []),
  ];
}

/** A bundle of a registry is an artifact of it, and is asked for in pauses. */
function registryFindings(
  { resource, polling }: Omit<ServedBundleValues, "bundle">,
  path: Path,
  service?: ServiceValues,
): Finding[] {
  const place = [...path, "resource"];
  if (service?.type !== "oci")
    return resource?.startsWith("file:") === true
      ? [finding(place, "is a file; name it in policy.sources, as a folder, or as archive: PATH")]
      : [];
  const wanted = ociReference(resource ?? "");
  const wait = [...path, "polling", "long_polling_timeout_seconds"];
  const example = `${new URL(service.url).host}/acme/authz:1`;
  return [
    ...(wanted === null ? [finding(place, `must be a reference with a tag or a digest, such as ${example}`)] : []),
    ...(polling.long_polling_timeout_seconds === undefined
      ? []
      : [{ path: wait, at: "key" as const, message: "has no effect: a registry cannot wait for news" }]),
  ];
}

/** Every place that says who has to sign. */
export function signingBlocks(draft: Draft): { readonly signing: SigningValues; readonly path: Path }[] {
  const whole = draft.policy?.signing;
  const discovered = draft.policy?.discovery?.signing;
  return [
    ...(whole === undefined ? [] : [{ signing: whole, path: ["policy", "signing"] }]),
    ...(discovered === undefined ? [] : [{ signing: discovered, path: ["policy", "discovery", "signing"] }]),
    ...servedBundles(draft).flatMap(({ values: { signing }, path }) =>
      signing === undefined ? [] : [{ signing, path: [...path, "signing"] }],
    ),
  ];
}

/** Secrets of bundle services, and of the signatures of bundles. */
export function policyReferences(draft: Draft): { readonly value: string; readonly path: Path }[] {
  const services = Object.entries(draft.policy?.services ?? {}).flatMap(([name, { headers, credentials }]) => {
    const path = ["policy", "services", name];
    return [
      ...credentialReferences(credentials, [...path, "credentials"]),
      // Any other value is what is sent.
      ...Object.entries(headers)
        .filter(([, value]) => parseReference(value, draft.folder) !== null)
        .map(([header, value]) => ({ value, path: [...path, "headers", header] })),
    ];
  });
  const keys = signingBlocks(draft).flatMap(({ signing, path }) =>
    Object.entries(signing.keys).flatMap(([id, { secret }]) =>
      secret === undefined ? [] : [{ value: secret, path: [...path, "keys", id, "secret"] }],
    ),
  );
  const clients = Object.entries(draft.policy?.data_api?.clients ?? {}).map(([name, { token }]) => ({
    value: token,
    path: ["policy", "data_api", "clients", name, "token"],
  }));
  return [...services, ...keys, ...clients];
}

const finding = (path: Path, message: string): Finding => ({ path, at: "value", message });
