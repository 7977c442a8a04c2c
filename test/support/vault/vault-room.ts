/** A real OpenBao with the secrets, roles and engines that tests of its client use. */
import { VaultClient } from "../../../gateway/credentials/vault/client.ts";
import { vaultCredential } from "../../../gateway/credentials/vault/provider.ts";
import type { CredentialProvider, MadeCredential } from "../../../gateway/domain/ports.ts";
import type { VaultAuth, VaultCredential, VaultDynamic, VaultKv } from "../../../gateway/domain/vault-credential.ts";
import { keepingLogger, realClock } from "../credentials.ts";
import { type Broker, startBroker } from "./broker.ts";
import { type Openbao, startOpenbao } from "./openbao.ts";

export const kv: VaultKv = { engine: "kv", mount: "secret", path: "crm/prod", version: null, cacheMs: 0 };
export const leased: VaultDynamic = {
  engine: "dynamic",
  path: "rabbitmq/creds/reader",
  parameters: null,
  per: "session",
};
/** HTTP Basic. */
export const basic: Partial<VaultCredential> = {
  template: "{username}:{password}",
  encode: "base64",
  place: { in: "header", name: "authorization", prefix: "Basic " },
};

export interface VaultRoom {
  readonly bao: Openbao;
  /** Where the users exist that `leased` makes. */
  readonly broker: Broker;
  /** What references of the configuration lead to. */
  readonly secrets: Map<string, string>;
  /** Signs in with an AppRole that may do what these tests do. */
  readonly approle: VaultAuth;
  client(auth?: VaultAuth, changes?: Partial<VaultCredential["server"]>): VaultClient;
  provider(
    source: VaultCredential["source"],
    changes?: Partial<VaultCredential>,
    client?: VaultClient,
  ): CredentialProvider;
  /** Makes a role whose tokens last this long, and an id for one sign-in. */
  roleFor(name: string, ttl: string): Promise<VaultAuth>;
  /** Closes what a test opened. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

const policy = `
  path "secret/data/crm/*" { capabilities = ["read"] }
  path "rabbitmq/creds/*" { capabilities = ["read"] }
  path "transit/decrypt/agents" { capabilities = ["update"] }
  path "transit/keys/+" { capabilities = ["read"] }
  path "transit/sign/+/sha2-256" { capabilities = ["update"] }
  path "sys/leases/renew" { capabilities = ["update"] }
  path "sys/leases/revoke" { capabilities = ["update"] }`;

export async function startVaultRoom(): Promise<VaultRoom> {
  const [bao, broker] = await Promise.all([startOpenbao(), startBroker()]);
  const secrets = new Map<string, string>();
  await furnish(bao, broker);
  const roleFor = appRoles(bao, secrets);
  const approle = await roleFor("gateway", "1h");
  const open: { close(): Promise<void> }[] = [];
  const secret = (reference: string): string => {
    const value = secrets.get(reference);
    if (value === undefined) throw new Error(`${reference} is not set`);
    return value;
  };
  const client: VaultRoom["client"] = (auth = approle, changes = {}) => {
    const place = { name: "main", address: bao.address, namespace: null, caFile: null, timeoutMs: 20_000 };
    const made = new VaultClient(
      { ...place, addresses: new Set(["loopback"]), auth, ...changes },
      { clock: realClock, secret },
    );
    open.push(made);
    return made;
  };
  return {
    bao,
    broker,
    secrets,
    approle,
    client,
    roleFor,
    provider(source, changes = {}, vault = client()) {
      const credential: VaultCredential = {
        provider: "vault",
        name: "crm",
        place: { in: "header", name: "authorization", prefix: "" },
        source,
        server: { name: "main" } as VaultCredential["server"],
        template: "Bearer {api_key}",
        encode: "none",
        ...changes,
      };
      const made = vaultCredential(credential, { clock: realClock, logger: keepingLogger(), client: vault, secret });
      // Before its client.
      open.unshift({ close: async () => made.close?.() });
      return made;
    },
    async settle() {
      for (const one of open.splice(0)) await one.close();
    },
    close: () => Promise.all([bao.close(), broker.close()]).then(() => undefined),
  };
}

async function furnish(bao: Openbao, broker: Broker): Promise<void> {
  await bao.admin("PUT", "sys/policies/acl/gateway", { policy });
  const data = { api_key: "first-key-of-crm", user: "svc-crm", pin: 12345678 };
  await bao.admin("POST", "secret/data/crm/prod", { data });
  await bao.admin("POST", "sys/auth/approle", { type: "approle" });
  await bao.admin("POST", "sys/mounts/rabbitmq", { type: "rabbitmq" });
  await bao.admin("POST", "rabbitmq/config/connection", {
    connection_uri: broker.address,
    username: "admin",
    password: "admin",
    verify_connection: false,
  });
  await bao.admin("POST", "rabbitmq/config/lease", { ttl: "3600", max_ttl: "7200" });
  await bao.admin("POST", "rabbitmq/roles/reader", { vhosts: '{"/":{"configure":"","write":"","read":".*"}}' });
}

function appRoles(bao: Openbao, secrets: Map<string, string>): VaultRoom["roleFor"] {
  return async function roleFor(name, ttl) {
    const path = `auth/approle/role/${name}`;
    // The id of a short one is good for one sign-in: a second one would fail.
    const uses = ttl === "1h" ? 0 : 1;
    await bao.admin("POST", path, { token_policies: ["gateway"], token_ttl: ttl, secret_id_num_uses: uses });
    const { data: role } = await bao.admin("GET", `${path}/role-id`);
    const { data: secret } = await bao.admin("POST", `${path}/secret-id`, {});
    secrets.set(`file:/${name}`, String(secret["secret_id"]));
    return { method: "approle", mount: "approle", roleId: String(role["role_id"]), secretIdReference: `file:/${name}` };
  };
}

/** The user in a credential of HTTP Basic. */
export function userOf({ inject }: MadeCredential): string {
  return (
    Buffer.from(inject[0]?.value.slice(6) ?? "", "base64")
      .toString()
      .split(":")[0] ?? ""
  );
}
