import { CredentialFailure } from "../../domain/credential.ts";
import type { VaultDynamic, VaultKv, VaultTransit } from "../../domain/vault-credential.ts";
import { isJsonObject } from "../../lib/json.ts";
import { type Fields, fieldsIn } from "../fields.ts";
import type { VaultClient } from "./client.ts";
import type { LeasedSecret, LeaseSource } from "../leases.ts";

type Asks = Pick<VaultClient, "request">;

/** A secret of KV version 2; a deleted version answers 404. @throws CredentialFailure */
export async function readKv(client: Asks, { mount, path, version }: VaultKv): Promise<Fields> {
  const query = version === null ? "" : `?version=${version}`;
  const { data } = await client.request("GET", `${mount}/data/${path}${query}`);
  const fields = fieldsIn(isJsonObject(data) ? data["data"] : undefined);
  if (fields.size === 0) throw new CredentialFailure("misconfigured", `${mount}/${path} has no fields in Vault`);
  return fields;
}

/** Has the engine make a secret. @throws CredentialFailure */
export async function makeSecret(client: Asks, { path, parameters }: VaultDynamic): Promise<LeasedSecret> {
  const answer = await (parameters === null
    ? client.request("GET", path)
    : client.request("POST", path, { ...parameters }));
  const { lease_id: id, lease_duration: seconds, renewable, data } = answer;
  const fields = fieldsIn(data);
  if (fields.size === 0) throw new CredentialFailure("misconfigured", `${path} makes no fields in Vault`);
  if (typeof id !== "string" || id === "" || typeof seconds !== "number")
    throw new CredentialFailure(
      "misconfigured",
      `${path} makes no leased secret in Vault; use kv for one that is kept`,
    );
  return { id, fields, ttlMs: seconds * 1_000, renewable: renewable === true };
}

export function leaseSource(client: Asks): LeaseSource {
  return {
    async renew(id) {
      const { lease_duration: seconds } = await client.request("POST", "sys/leases/renew", { lease_id: id });
      return typeof seconds === "number" ? seconds * 1_000 : 0;
    },
    async revoke(id) {
      await client.request("POST", "sys/leases/revoke", { lease_id: id });
    },
  };
}

/** Decrypts what is kept outside. @throws CredentialFailure */
export async function decrypted(client: Asks, { mount, key }: VaultTransit, ciphertext: string): Promise<Fields> {
  const { data } = await client.request("POST", `${mount}/decrypt/${key}`, { ciphertext });
  const plaintext = isJsonObject(data) ? data["plaintext"] : undefined;
  if (typeof plaintext !== "string")
    throw new CredentialFailure("misconfigured", `${mount}/decrypt/${key} gave no plaintext`);
  return new Map([["plaintext", Buffer.from(plaintext, "base64").toString("utf8")]]);
}
