/**
 * What of the input can be read. `true` is a whole subtree. An object names the members that are looked at; of the
 * value itself only its presence and its type are, so an empty object stands for those alone.
 */
export type ReadTree = true | { readonly [member: string]: ReadTree };

/** What one entrypoint of a policy reads. Conservative: it may name more than is read, never less. */
export interface Projection {
  readonly always: ReadTree;
  readonly dispatched: readonly Dispatch[];
  /** What is read only of inputs for which every condition holds. */
  readonly guarded: readonly Guarded[];
}

export interface Guarded {
  readonly when: readonly Condition[];
  readonly reads: ReadTree;
}

/**
 * A condition that a rule tests before it reads further: the presence of something in the policy's data, or a value of
 * the input.
 */
export type Condition =
  | { readonly data: readonly DataStep[] }
  | { readonly at: readonly string[]; readonly is: string | boolean; readonly not: boolean };

/** A member by its name, by the value at a path of the input, or (null) any member there may be. */
export type DataStep = string | readonly string[] | null;

/** Packages of which at most one is evaluated: the one whose name consists of the values at `by`. */
export interface Dispatch {
  /** Paths into the input, one for each level of `targets`. */
  readonly by: readonly (readonly string[])[];
  readonly targets: DispatchTargets;
}

/** Down to as many levels as there are paths; the lowest holds what that package reads. */
export interface DispatchTargets {
  readonly [name: string]: DispatchTargets | ReadTree;
}

/** By entrypoint as compiled, e.g. "sallyport/main/decision". An entrypoint that is absent gets the whole input. */
export type Projections = Readonly<Record<string, Projection>>;
