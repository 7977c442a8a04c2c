import type { Discovered, ServedBundle, StatusTarget } from "../domain/bundle-service.ts";
import type {
  AdoptedPolicy,
  BundleAlgorithm,
  DataApiSettings,
  PolicyLimitSettings,
  PolicyRequirements,
} from "../domain/settings.ts";

/** What lies on this machine. */
export type StoredSourceConfig =
  { readonly kind: "library" } | { readonly kind: "folder" | "archive"; readonly path: string };

export type PolicySourceConfig =
  | StoredSourceConfig
  | {
      readonly kind: "bundle";
      readonly served: ServedBundle;
      /** null: it needs no signature. */
      readonly signing: SigningConfig | null;
    };

export interface PolicyConfig extends PolicyLimitSettings {
  /** Of `source` one, of `sources` each. `path`: absolute; null for the library that comes with the gateway. */
  readonly sources: readonly PolicySourceConfig[];
  readonly adopted: readonly AdoptedPolicy[];
  /** Who is told of bundles, and who may ask for documents; null: nobody. */
  readonly status: StatusTarget | null;
  /** null: nothing of the configuration comes from a service. */
  readonly discovery: DiscoveryConfig | null;
  readonly dataApi: DataApiSettings | null;
  readonly pollMs: number;
  /** How long one run of opa may take. */
  readonly buildTimeoutMs: number;
  /** null: nothing is kept of a build. */
  readonly cache: CacheConfig | null;
  /** null: the archive needs no signature. */
  readonly signing: SigningConfig | null;
  /** null: no candidate is judged beside the active policy. */
  readonly shadow: ShadowConfig | null;
  /** null: nothing but what is checked of every policy. */
  readonly require: PolicyRequirements | null;
}

/** A bundle whose document says which bundles there are (https://www.openpolicyagent.org/docs/management-discovery). */
export interface DiscoveryConfig {
  readonly bundle: ServedBundle;
  /** null: it needs no signature. */
  readonly signing: SigningConfig | null;
  /** Steps from `data` to the document. */
  readonly decision: readonly string[];
  /** @throws Error that names each mistake of the document */
  readonly read: (document: unknown) => DiscoveredConfig;
}

export interface DiscoveredConfig extends Omit<Discovered, "bundles"> {
  readonly bundles: readonly { readonly served: ServedBundle; readonly signing: SigningConfig | null }[];
}

/** A candidate that is judged on copies of live calls. */
export interface ShadowConfig {
  readonly sources: readonly StoredSourceConfig[];
  /** Of one processor core, from above 0 to 1. */
  readonly cpuShare: number;
  /** Calls that may wait. */
  readonly queue: number;
}

/** Where results of builds are kept. */
export interface CacheConfig {
  readonly folder: string;
  /** null: the key in the store. */
  readonly keyReference: string | null;
  readonly maxBytes: number;
}

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
