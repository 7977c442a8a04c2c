import type { JsonWebKey } from "node:crypto";
import { VaultClient } from "../credentials/vault/client.ts";
import { vaultCredential } from "../credentials/vault/provider.ts";
import { VaultSigner } from "../credentials/vault/signer.ts";
import type { Clock, CredentialProvider, Logger } from "../domain/ports.ts";
import type { VaultCredential, VaultServer, VaultSigningKey } from "../domain/vault-credential.ts";

interface VaultDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** One signed-in client for each server, shared by its credentials and closed with the last of them: leases end with its token. */
export class Vaults {
  readonly #deps: VaultDeps;
  readonly #signers: VaultSigner[] = [];
  readonly #clients = new Map<string, { readonly client: VaultClient; users: number }>();

  constructor(deps: VaultDeps) {
    this.#deps = deps;
  }

  /** A secret that Vault has. */
  provider(credential: VaultCredential): CredentialProvider {
    return this.#using(credential.server, (client) => vaultCredential(credential, { ...this.#deps, client }));
  }

  /** JWTs that are signed there. @param make the provider that signs with it */
  signing(key: VaultSigningKey, make: (signer: VaultSigner) => CredentialProvider): CredentialProvider {
    return this.#using(key.server, (client) => {
      const signer = new VaultSigner(key, { ...this.#deps, client });
      this.#signers.push(signer);
      return make(signer);
    });
  }

  /** Of everything that signs there, each once. @throws CredentialFailure */
  async publicKeys(): Promise<readonly JsonWebKey[]> {
    const all = await Promise.all(this.#signers.map((signer) => signer.publicKeys()));
    return [...new Map(all.flat().map((key) => [key.kid, key])).values()];
  }

  get signs(): boolean {
    return this.#signers.length > 0;
  }

  #using(server: VaultServer, make: (client: VaultClient) => CredentialProvider): CredentialProvider {
    const shared = this.#clientOf(server);
    shared.users += 1;
    const provider = make(shared.client);
    return {
      ...provider,
      async close() {
        await provider.close?.();
        shared.users -= 1;
        if (shared.users === 0) await shared.client.close();
      },
    };
  }

  #clientOf(server: VaultServer) {
    const known = this.#clients.get(server.name);
    if (known !== undefined) return known;
    const made = { client: new VaultClient(server, this.#deps), users: 0 };
    this.#clients.set(server.name, made);
    return made;
  }
}
