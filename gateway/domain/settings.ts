import type { KeyObject } from "node:crypto";
import type { Place } from "../lib/yaml-places.ts";

/** Algorithms that OPA signs and verifies bundles with (https://www.openpolicyagent.org/docs/latest/configuration/#keys). */
export const bundleAlgorithms = [
  ...["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"],
  ...["HS256", "HS384", "HS512"],
] as const satisfies readonly string[];

export type BundleAlgorithm =
  "ES256" | "ES384" | "ES512" | "PS256" | "PS384" | "PS512" | "RS256" | "RS384" | "RS512" | "HS256" | "HS384" | "HS512";

/** One key and the one algorithm it is for (RFC 8725 §3.1). */
export interface BundleKey {
  readonly algorithm: BundleAlgorithm;
  /** Public, or a secret for HS256, HS384 and HS512. */
  readonly key: KeyObject;
}

/** Who may sign the bundles of this gateway. */
export interface BundleTrust {
  readonly keys: ReadonlyMap<string, BundleKey>;
  /** The key to use, whichever key a signature names; null: the one that it names. */
  readonly keyId: string | null;
  /** The scope that signatures must have; empty: they must have none. */
  readonly scope: string;
}

/** What one decision may use, as the configuration groups it; `input` counts bytes, levels and keys. */
export interface PolicyLimitSettings {
  /** Fuel units of one decision. */
  readonly fuel: number;
  readonly memoryBytes: number;
  readonly input: {
    readonly maxBytes: number;
    readonly maxDepth: number;
    readonly maxKeysPerObject: number;
    readonly maxKeys: number;
  };
}

/** What a policy has to fulfil before it becomes active (`policy.require`). */
export interface PolicyRequirements {
  /** Its own tests pass. */
  readonly tests: boolean;
  /** Percent of the lines of its rules that its tests reach; null: not asked for. */
  readonly coverage: number | null;
  /** Recorded decisions are judged anew, and nothing is let through that was not; null: not asked for. */
  readonly impact: ImpactRequirement | null;
  /** People of a role approve it; null: not asked for. */
  readonly approval: ChangeApproval | null;
}

export interface ImpactRequirement {
  /** So many of the latest recorded decisions. */
  readonly last: number;
  /** Percent of those that a policy decided, of which it has to be known what the new one says. */
  readonly comparedPercent: number;
  readonly timeoutMs: number;
}

export interface ChangeApproval {
  readonly role: string;
  readonly count: number;
  /** widening: only what the impact alone does not let pass. */
  readonly when: "always" | "widening";
  /** To decide, and after that to become active. */
  readonly withinMs: number;
}

/** How the gateway is known to an OpenID Connect provider where people sign in. */
export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Reference for `Config.secret`. */
  readonly secretReference: string;
  readonly scopes: readonly string[];
}

/** The OpenID Connect provider that people of the console come from, as configured. */
export interface OidcSettings extends ProviderSettings {
  /** A claim's name, or a JSON pointer when it begins with "/". */
  readonly claims: {
    readonly name: string;
    readonly roles: string;
    readonly teams: string | null;
    readonly also: readonly string[];
  };
  /** Value of the claim to what it stands for here. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly teams: ReadonlyMap<string, readonly string[]>;
  /** What the sign-in button calls the provider. */
  readonly label: string;
  /** How long what the provider said about somebody counts, in milliseconds. */
  readonly rolesForMs: number;
}

/** Who may ask which documents of the policy (OPA's Data API). */
export interface DataApiSettings {
  /** Below `data`, such as `httpapi/authz/allow`. */
  readonly paths: readonly string[];
  /** Of people who are signed in to the console. */
  readonly roles: readonly string[];
  /** References to tokens, by the name of the client that has it. */
  readonly tokens: ReadonlyMap<string, string>;
}

/** A decision of a policy of another project, which judges calls of these servers. */
export interface AdoptedPolicy {
  /** Of the rule below `data`, with slashes. */
  readonly path: string;
  readonly servers: readonly string[];
  /** What it reads: the gateway's own document, OPA-Envoy's, or members by the steps of JSON pointers into the gateway's. */
  readonly input: "sallyport" | "envoy" | Readonly<Record<string, readonly string[]>>;
  /** Where the configuration has it; absent: it is of none. */
  readonly configured?: ConfiguredAdoption;
}

/** The options of an adopted decision. */
export interface ConfiguredAdoption extends Readonly<Record<"whole" | "path" | "input", ConfiguredPlace>> {
  /** Names of servers in `for` that no route has. */
  readonly unrouted: readonly ({ readonly server: string } & ConfiguredPlace)[];
}

/** An option, such as `policy.adopt[0].path`, and where its file has it. */
export interface ConfiguredPlace extends Place {
  /** Its name, without folders. */
  readonly file: string;
  readonly key: string;
}
