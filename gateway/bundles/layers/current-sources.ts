import type { BundleTrust } from "../../domain/settings.ts";
import type { PolicySource } from "./policy-source.ts";

/** The sources of a policy as they are now, and who has to sign the bundles among them. A discovered configuration changes both. */
export class CurrentSources {
  #list: readonly PolicySource[];
  #trust: ReadonlyMap<string, BundleTrust>;

  /** Whether documents of a discovery bundle replace them. */
  readonly areDiscovered: boolean;

  /** `trust`: by the name of a bundle of a bundle service. */
  constructor(
    list: readonly PolicySource[],
    trust: ReadonlyMap<string, BundleTrust> = new Map(),
    { areDiscovered = false } = {},
  ) {
    this.areDiscovered = areDiscovered;
    this.#list = list;
    this.#trust = trust;
  }

  /** Compiled together; one archive with a compiled module is a whole policy. */
  get list(): readonly PolicySource[] {
    return this.#list;
  }

  /** Null: the bundle needs no signature. */
  trustOf(bundle: string): BundleTrust | null {
    return this.#trust.get(bundle) ?? null;
  }

  /** The bundles that have to be signed. */
  get signed(): readonly string[] {
    return [...this.#trust.keys()];
  }

  /** From now on these are the sources. Who builds the policy has to be told to look. */
  replace(list: readonly PolicySource[], trust: ReadonlyMap<string, BundleTrust>): void {
    this.#list = list;
    this.#trust = trust;
  }
}
