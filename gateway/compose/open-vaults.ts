import { VaultClient } from "../credentials/vault/client.ts";
import { vaultCredential } from "../credentials/vault/provider.ts";
import type { Clock, CredentialProvider, Logger } from "../domain/ports.ts";
import type { VaultCredential, VaultServer } from "../domain/vault-credential.ts";

interface VaultDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secret: (reference: string) => string;
}

/** One signed-in client for each server, shared by its credentials and closed with the last of them: leases end with its token. */
export class Vaults {
  readonly #deps: VaultDeps;
  readonly #clients = new Map<string, { readonly client: VaultClient; users: number }>();

  constructor(deps: VaultDeps) {
    this.#deps = deps;
  }

  provider(credential: VaultCredential): CredentialProvider {
    const shared = this.#clientOf(credential.server);
    shared.users += 1;
    const provider = vaultCredential(credential, { ...this.#deps, client: shared.client });
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
