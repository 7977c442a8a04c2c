import type { CredentialConfig, CredentialPlace } from "../domain/credential.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import {
  resolveClientCredentials,
  resolveIdJag,
  resolveSignedJwt,
  resolveTokenExchange,
} from "./resolve-oauth-credentials.ts";

/** Checked credentials of the file as the other modules know them, by name. */
export function resolveCredentials(
  values: Readonly<Record<string, CredentialValues>>,
  folder: string,
): ReadonlyMap<string, CredentialConfig> {
  return new Map(Object.entries(values).map(([name, one]) => [name, resolveCredential(name, one, folder)]));
}

function resolveCredential(name: string, values: CredentialValues, folder: string): CredentialConfig {
  switch (values.provider) {
    case undefined:
    case "static":
      return {
        ...{ provider: "static", name, place: placeOf(values, "") },
        reference: absoluteReference(values.value, folder),
      };
    case "client_credentials":
      return resolveClientCredentials(name, placeOf(values, "Bearer "), values, folder);
    case "token_exchange":
      return resolveTokenExchange(name, placeOf(values, "Bearer "), values, folder);
    case "id_jag":
      return resolveIdJag(name, placeOf(values, "Bearer "), values, folder);
    case "signed_jwt":
      return resolveSignedJwt(name, placeOf(values, "Bearer "), values);
  }
}

interface PlaceValues {
  readonly header?: string | undefined;
  readonly query?: string | undefined;
  readonly body?: string | undefined;
  readonly prefix?: string | undefined;
}

/** @param prefix of the header authorization, where none is configured */
export function placeOf({ header, query, body, prefix }: PlaceValues, authorizationPrefix: string): CredentialPlace {
  if (query !== undefined) return { in: "query", name: query, prefix: prefix ?? "" };
  if (body !== undefined) return { in: "body", pointer: body, prefix: prefix ?? "" };
  const name = (header ?? "authorization").toLowerCase();
  return { in: "header", name, prefix: prefix ?? (name === "authorization" ? authorizationPrefix : "") };
}
