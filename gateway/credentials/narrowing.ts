import type { CredentialConfig } from "../domain/credential.ts";
import { Refusal } from "../domain/errors.ts";
import type { CredentialProvider } from "../domain/ports.ts";

type Narrowing = "scope" | "resource";

const both: readonly Narrowing[] = ["scope", "resource"];

/** What an obligation can narrow of each kind of credential. Everything else is the same whatever it is asked for. */
const narrows: Readonly<Record<CredentialConfig["provider"], readonly Narrowing[]>> = {
  static: [],
  vault: [],
  aws: [],
  person: ["scope"],
  client_credentials: both,
  token_exchange: both,
  id_jag: both,
  signed_jwt: both,
};

/**
 * Refuses a call for which policy asks a narrower credential than its provider can make: sent as it is, it would carry more than policy
 * allows. `obtain` rejects with Refusal obligation_failed.
 */
export function asNarrowAsAsked(
  { name, provider: kind }: Pick<CredentialConfig, "name" | "provider">,
  provider: CredentialProvider,
): CredentialProvider {
  const refused = both.filter((one) => !narrows[kind].includes(one));
  if (refused.length === 0) return provider;
  return {
    ...provider,
    obtain(wish) {
      const asked = refused.find((one) => wish[one] !== null);
      if (asked === undefined) return provider.obtain(wish);
      const hint = `credential ${name}: provider ${kind} has no ${asked} to narrow`;
      return Promise.reject(new Refusal("obligation_failed", { hint }));
    },
  };
}
