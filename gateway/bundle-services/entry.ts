import { verifier } from "../bundles/signatures/verify.ts";
import type { ServedBundleStatus, TrustedBundle } from "../domain/bundle-service.ts";
import type { Clock, Logger, PolicyStatus } from "../domain/ports.ts";
import { takesDeltas } from "./arrived-bundle.ts";
import { BundleDownload, type BundleDownloadDeps } from "./bundle-download.ts";
import { BundleRequest } from "./bundle-request.ts";
import { BundleState } from "./bundle-state.ts";
import { type Remembered, remembered } from "./remembered.ts";
import { OciRequest } from "./oci/oci-request.ts";
import type { Services } from "./services/services.ts";

export interface EntryDeps {
  readonly services: Pick<Services, "open">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number from 0 to 1, so that several gateways do not ask at the same moment. */
  readonly random: () => number;
}

/** A bundle that is kept up to date, whatever it holds. */
export interface Entry {
  readonly of: TrustedBundle;
  readonly state: BundleState;
  readonly download: BundleDownload;
}

/** `use`: what becomes of what arrives. `known`: of bundles of that name before. */
export function openEntry(
  of: TrustedBundle,
  { services, clock, logger, random }: EntryDeps,
  use: Pick<BundleDownloadDeps, "activate" | "attempted" | "isActive">,
  known: Remembered = remembered(),
): Entry {
  const { served, trust } = of;
  const state = new BundleState(served, clock, logger, known);
  const verify = verifier(trust, clock);
  const request =
    served.service.type === "oci"
      ? new OciRequest(served, services)
      : new BundleRequest(served, services, takesDeltas(served, verify) ? "snapshot,delta" : "snapshot");
  return { of, state, download: new BundleDownload(served, { ...use, request, state, verify, clock, random, known }) };
}

/** Every bundle that a service is asked for, the discovery bundle first. */
export function askedBundles({
  discovery,
  served = [],
}: Pick<PolicyStatus, "discovery" | "served">): readonly ServedBundleStatus[] {
  return discovery === undefined ? served : [discovery, ...served];
}

/** Whether calls are refused for the age of one of them. */
export function denies(entries: readonly Entry[]): boolean {
  return entries.some(({ state }) => state.stale() === "denies");
}

export function statusesOf(entries: readonly Entry[]): ServedBundleStatus[] {
  return entries.map(({ state }) => state.status());
}
