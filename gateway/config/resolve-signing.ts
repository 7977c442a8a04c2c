import { resolve } from "node:path";
import type { BundleAlgorithm } from "../domain/policy-settings.ts";
import type { SigningConfig, SigningKeyConfig } from "./config.ts";
import type { SigningValues } from "./draft.ts";
import { absoluteReference } from "./environment.ts";

export function resolveSigning(signing: SigningValues | undefined, folder: string): SigningConfig | null {
  if (signing === undefined) return null;
  const keys = Object.entries(signing.keys).map(([id, key]) => [id, keyOf(key, folder)] as const);
  return { keys: new Map(keys), keyId: signing.keyid ?? null, scope: signing.scope };
}

type KeyValues = SigningValues["keys"][string];

function keyOf(key: KeyValues, folder: string): SigningKeyConfig {
  const from =
    key.secret === undefined
      ? { file: resolve(folder, key.file ?? "") }
      : { secret: absoluteReference(key.secret, folder) };
  return { algorithm: signingAlgorithm(key), from };
}

/** The defaults of `opa sign`. */
export function signingAlgorithm({ algorithm, secret }: KeyValues): BundleAlgorithm {
  return algorithm ?? (secret === undefined ? "RS256" : "HS256");
}
