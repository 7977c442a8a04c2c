import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { isOwnHeader } from "../../domain/credential.ts";
import { isLoopback, literalClass } from "../../net/addresses.ts";
import type { Finding, Path } from "../../lib/yaml-places.ts";
import type { CredentialValues, Draft } from "../draft.ts";

export function checkCredentials(draft: Draft): Finding[] {
  return draft.credentials.flatMap(([name, one]) => {
    const path: Path = ["credentials", name];
    if (one.provider === "aws") return [];
    return [
      ...onePlace(one, path),
      ...ownHeader(one, path),
      ...clientsOf(one, path).flatMap(checkClient(draft.folder)),
    ];
  });
}

/** Those whose place is configured. */
type PlacedValues = Exclude<CredentialValues, { provider: "aws" }>;

function onePlace(one: PlacedValues, path: Path): Finding[] {
  const given = (["header", "query", "body"] as const).filter((place) => one[place] !== undefined);
  return given.slice(1).map((place) => ({
    path: [...path, place],
    at: "key",
    message: `a credential has one place; ${given[0]} is given already`,
  }));
}

function ownHeader({ header }: PlacedValues, path: Path): Finding[] {
  if (header === undefined || !isOwnHeader(header.toLowerCase())) return [];
  return [{ path: [...path, "header"], at: "value", message: "the gateway or the connection sets this header itself" }];
}

type OauthValues = Extract<CredentialValues, { readonly provider: "id_jag" }>["identity_provider"];
type PersonEndpoints = Extract<CredentialValues, { readonly provider: "person" }>["endpoints"];

interface ClientPlace {
  readonly client: Omit<OauthValues, "endpoints"> & { readonly endpoints?: PersonEndpoints | OauthValues["endpoints"] };
  readonly path: Path;
}

function clientsOf(one: CredentialValues, path: Path): ClientPlace[] {
  switch (one.provider) {
    case "client_credentials":
    case "token_exchange":
    case "person":
      return [{ client: one, path }];
    case "id_jag":
      return [
        { client: one.identity_provider, path: [...path, "identity_provider"] },
        { client: one.authorization_server, path: [...path, "authorization_server"] },
      ];
    default:
      return [];
  }
}

function checkClient(folder: string) {
  return ({ client, path }: ClientPlace): Finding[] => [
    ...proof(client, path),
    ...insecureUrls(client, path),
    ...unreachable(client, path),
    ...missingAuthorities(client, path, folder),
  ];
}

/** A secret that is not sent, or a proof by a secret that is not there, would be an option that is ignored. */
function proof({ client_auth: how, client_secret: secret }: ClientPlace["client"], path: Path): Finding[] {
  if (how === "signed" && secret !== undefined)
    return [
      { path: [...path, "client_secret"], at: "key", message: "is not sent with client_auth: signed; remove it" },
    ];
  if ((how === "basic" || how === "post") && secret === undefined)
    return [{ path: [...path, "client_auth"], at: "value", message: `${how} sends client_secret, which is missing` }];
  return [];
}

function insecureUrls({ issuer, endpoints, allow_insecure: allowed }: ClientPlace["client"], path: Path): Finding[] {
  const urls: [string | undefined, Path][] = [
    [issuer, ["issuer"]],
    ...Object.entries(endpoints ?? {}).map(([key, url]): [string | undefined, Path] => [url, ["endpoints", key]]),
  ];
  return urls.flatMap(([url, place]) => {
    if (allowed || url === undefined || new URL(url).protocol === "https:" || isLoopback(new URL(url).hostname))
      return [];
    const message =
      "plain http beyond loopback lets others read secrets and tokens; use https, or say allow_insecure: true";
    return [{ path: [...path, ...place], at: "value" as const, message }];
  });
}

function unreachable({ issuer, endpoints, allow_addresses: allowed }: ClientPlace["client"], path: Path): Finding[] {
  const { hostname } = new URL(endpoints?.token ?? issuer);
  const needed = hostname === "localhost" ? "loopback" : literalClass(hostname);
  if (needed === null || needed === "public" || allowed.includes(needed)) return [];
  const message = `${hostname} is a ${needed} address; say allow_addresses: [${needed}] to allow it`;
  const place = endpoints === undefined ? ["issuer"] : ["endpoints", "token"];
  return [{ path: [...path, ...place], at: "value", message }];
}

function missingAuthorities({ ca }: ClientPlace["client"], path: Path, folder: string): Finding[] {
  if (ca === undefined || existsSync(resolve(folder, ca))) return [];
  return [{ path: [...path, "ca"], at: "value", message: `no such file: ${ca}` }];
}
