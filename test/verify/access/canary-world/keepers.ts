import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { signIn } from "../../../../demo/agent/approver.ts";
import { baseKeys, startSts } from "../../../support/aws/sts.ts";
import {
  type ConsentServer,
  gatewayClient,
  gatewaySecret,
  startConsentServer,
} from "../../../support/person/consent-server.ts";
import { callbackOf, sealingKeys } from "../../../support/person/people-at.ts";
import type { TestGateway } from "../../../support/start-gateway.ts";
import { hasOpenbao } from "../../../support/vault/openbao.ts";
import { startVaultRoom } from "../../../support/vault/vault-room.ts";

/** Kinds whose secrets others keep or make. Without OpenBao there is no Vault to keep any. */
export const keptKinds = hasOpenbao() ? (["aws", "person", "vault"] as const) : (["aws", "person"] as const);
export type KeptKind = "vault" | "aws" | "person";

export function isKept(kind: string): kind is KeptKind {
  return (keptKinds as readonly string[]).includes(kind);
}

/** The person of the console who has connected the accounts. */
export const accountOwner = "owner";

export interface Keepers {
  /** Sections of the configuration beside the credentials. */
  readonly config: Record<string, unknown>;
  credentialOf(kind: KeptKind, name: string, canary: string): Promise<object>;
  login(consoleUrl: string): Promise<object>;
  connectAll(gateway: TestGateway): Promise<void>;
  /** What they keep or have given. */
  secrets(): string[];
  close(): Promise<void>;
}

export async function openKeepers(folder: string): Promise<Keepers> {
  const [vault, sts] = await Promise.all([hasOpenbao() ? startVaultRoom() : null, startSts()]);
  const people: { acme: ConsentServer | null; readonly credentials: Map<string, Record<string, unknown>> } = {
    acme: null,
    credentials: new Map(),
  };
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    return `file:${join(folder, name)}`;
  };
  const secretId = vault === null ? "" : (vault.secrets.get("file:/gateway") ?? "");
  const vaults =
    vault === null ? {} : { vaults: { main: await vaultConfig(vault, await put("vault-secret-id", secretId)) } };
  const seal = await put("seal", sealingKeys.k1);
  const awsKeys = {
    access_key_id: await put("aws-id", baseKeys.id),
    secret_access_key: await put("aws-secret", baseKeys.secret),
  };
  const clientSecret = await put("client-secret", gatewaySecret);
  return {
    config: { ...vaults, connected_accounts: { keys: { k1: seal }, seal_with: "k1" } },
    async credentialOf(kind, name, canary) {
      if (kind === "aws") return awsCredential(awsKeys, sts.origin);
      if (kind === "vault") {
        await vault?.bao.admin("POST", `secret/data/crm/${name}`, { data: { key: canary } });
        return { provider: "vault", vault: "main", kv: { path: `crm/${name}` }, template: "{key}", prefix: "Bearer " };
      }
      const credential = { provider: "person", label: name, client_id: gatewayClient, client_secret: clientSecret };
      people.credentials.set(name, { ...credential, scopes: ["openid", "read"], allow_addresses: ["loopback"] });
      return people.credentials.get(name) as object;
    },
    async login(consoleUrl) {
      const names = [...people.credentials.keys()];
      people.acme = await startConsentServer({ redirectUris: names.map((name) => callbackOf(consoleUrl, name)) });
      // The very objects that the configuration is written from.
      for (const credential of people.credentials.values()) credential["issuer"] = people.acme.issuer;
      return { users: [{ name: "approver", roles: ["payments-approver"] }, { name: accountOwner }] };
    },
    connectAll: (gateway) => connectAll(gateway, [...people.credentials.keys()], people.acme),
    secrets: () => [
      ...[baseKeys.secret, gatewaySecret, sealingKeys.k1, secretId].filter((text) => text !== ""),
      ...sts.sessions.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
    ],
    close: async () => {
      for (const one of [vault, sts, people.acme]) await one?.close();
    },
  };
}

async function vaultConfig(vault: Awaited<ReturnType<typeof startVaultRoom>>, secretId: string): Promise<object> {
  const { approle, bao } = vault;
  const roleId = approle.method === "approle" ? approle.roleId : "";
  const auth = { method: "approle", role_id: roleId, secret_id: secretId };
  return { address: bao.address, allow_addresses: ["loopback"], timeout: "20s", auth };
}

function awsCredential(keys: object, sts: string): object {
  const role = { arn: "arn:aws:iam::123456789012:role/tools", sts, allow_addresses: ["loopback"] };
  return { provider: "aws", region: "eu-central-1", service: "execute-api", keys, role };
}

/** As the person does it in the console. */
async function connectAll(gateway: TestGateway, names: readonly string[], acme: ConsentServer | null): Promise<void> {
  const [, password = ""] = await gateway.told(new RegExp(`first password of ${accountOwner}, told only now: (\\S+)`));
  const owner = await signIn(gateway.console, accountOwner, password);
  for (const name of names) {
    const path = `/api/connected-accounts/${name}`;
    const { location } = (await owner.post(`${path}/connect`, {})) as { location: string };
    const parameters = (await acme?.consent(location, `${name}@acme`)) ?? "";
    await owner.post(`${path}/finish`, { parameters });
  }
}
