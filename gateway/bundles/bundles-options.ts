import type { BundlePolicy } from "./active/active-policy.ts";
import type { BuildCache } from "./cache/build-cache.ts";
import type { ApprovedChange, BundleMarks, Bundles, Clock, Entrypoint, Logger, PolicyEngine } from "../domain/ports.ts";
import type { BundleTrust } from "../domain/settings.ts";
import type { OpaCommand } from "./build/opa.ts";
import type { BundleFailure } from "./failure.ts";
import type { CurrentSources } from "./layers/current-sources.ts";
import type { ActivationGate } from "./require/gate.ts";
import type { Signed } from "./signatures/verify.ts";

/** `Bundles` whose sources are looked at when somebody knows that they have changed. */
export interface BundleDelivery extends Bundles {
  /** Resolves when the sources as they are now are active, or their failure is in the status. */
  look(): Promise<void>;
  /** The same, also when the sources hold what was tried before and has failed. */
  retry(): Promise<void>;
  /** Whether the active policy was made of an archive with this digest. */
  isActive(digest: string): boolean;
}

export interface Activated {
  readonly policy: BundlePolicy;
  /** File that may be gone once this has been told. */
  readonly archive: string;
  /** Null where no signature is required. */
  readonly signed: Signed | null;
  /** By whose word it is active; null: the edit's alone. */
  readonly approved: ApprovedChange | null;
}

export interface BundlesOptions {
  readonly engine: PolicyEngine;
  /** Read each time that the policy is built. */
  readonly sources: CurrentSources;
  /** Trusted keys, and the signed bundles that were active before; null or absent: no signature is required. */
  readonly signing?: { readonly trust: BundleTrust; readonly marks: BundleMarks } | null;
  /** Whether a source may arrive later, so that a start without any policy is one. Default false. */
  readonly mayArrive?: boolean;
  /** What the log says of an activation. Default: `policy active`. */
  readonly activated?: () => string;
  /** Which policies may become active; absent: all that are built and checked. */
  readonly gate?: Pick<ActivationGate, "needsSources" | "admit" | "settle">;
  /** Told of each activation, with the archive that it was loaded from. Never rejects. */
  readonly kept?: (activated: Activated) => Promise<void>;
  /** Told why the sources as they are now give no policy, whatever judges instead. */
  readonly failed?: (failure: BundleFailure) => void;
  readonly opa: OpaCommand;
  /** Results of earlier builds. */
  readonly cache?: BuildCache;
  /** Folder for built archives. */
  readonly outDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Throws when `results` is not a well-formed answer of the entrypoint (`checkAnswer` of `decide/`). */
  readonly checkAnswer: (entrypoint: Entrypoint, results: unknown) => void;
  /** false: the policy of the start stays active. Default true. */
  readonly watch?: boolean;
  /** Quiet time after the last of a burst of edits, in milliseconds. */
  readonly debounceMs?: number;
  /** Interval at which the source is read and compared by digest, in milliseconds. */
  readonly pollMs?: number;
  readonly keepArchives?: number;
  /** Age at which a running build shows up in the status, in milliseconds. */
  readonly slowBuildMs?: number;
}
