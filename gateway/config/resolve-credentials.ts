import type { CredentialConfig, CredentialPlace } from "../domain/credential.ts";
import type { IssuerConfig } from "./config.ts";
import type { CredentialValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";
import { resolveAwsCredential } from "./resolve-aws-credential.ts";
import {
  resolveClientCredentials,
  resolveIdJag,
  resolveSignedJwt,
  resolveTokenExchange,
} from "./resolve-oauth-credentials.ts";
import { resolvePersonCredential } from "./resolve-person-credential.ts";
import { resolveVaultCredential } from "./resolve-vault-credential.ts";
import type { ConfigValues } from "./schema.ts";
import type { AuthorizationSettings } from "../domain/authorization.ts";

/** What credentials of the file refer to beside them. */
export interface CredentialContext extends Pick<ConfigValues, "vaults"> {
  readonly folder: string;
  readonly issuers: readonly IssuerConfig[];
  /** null: the gateway is no issuer itself. */
  readonly authorization: AuthorizationSettings | null;
}

/** Checked credentials of the file as the other modules know them, by name. */
export function resolveCredentials(
  { credentials, vaults }: Pick<ConfigValues, "credentials" | "vaults">,
  folder: string,
  issuers: readonly IssuerConfig[],
  authorization: AuthorizationSettings | null = null,
): ReadonlyMap<string, CredentialConfig> {
  const context = { vaults, folder, issuers, authorization };
  return new Map(Object.entries(credentials).map(([name, one]) => [name, resolveCredential(name, one, context)]));
}

function resolveCredential(name: string, values: CredentialValues, context: CredentialContext): CredentialConfig {
  const { folder } = context;
  switch (values.provider) {
    case undefined:
    case "static":
      return {
        provider: "static",
        name,
        place: placeOf(values, ""),
        reference: absoluteReference(values.value, folder),
      };
    case "client_credentials":
      return resolveClientCredentials(name, placeOf(values, "Bearer "), values, folder);
    case "token_exchange":
      return resolveTokenExchange(name, placeOf(values, "Bearer "), values, folder);
    case "id_jag":
      return resolveIdJag(name, placeOf(values, "Bearer "), values, folder);
    case "signed_jwt":
      return resolveSignedJwt(name, placeOf(values, "Bearer "), values, context);
    case "vault":
      return resolveVaultCredential(name, placeOf(values, ""), values, context);
    case "aws":
      return resolveAwsCredential(name, placeOf({}, ""), values, context);
    case "person":
      return resolvePersonCredential(name, placeOf(values, "Bearer "), values, context);
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
