import type { BundleAlgorithm } from "../domain/settings.ts";

/** Who may sign policy bundles; the keys themselves are read by `readBundleTrust`. */
export interface SigningConfig {
  readonly keys: ReadonlyMap<string, SigningKeyConfig>;
  /** null: the one that the signature names. */
  readonly keyId: string | null;
  readonly scope: string;
}

export interface SigningKeyConfig {
  readonly algorithm: BundleAlgorithm;
  /** Absolute path of the public key, or the reference of the secret. */
  readonly from: { readonly file: string } | { readonly secret: string };
}
