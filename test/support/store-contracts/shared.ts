export interface Opened<Store> {
  readonly store: Store;
  /** Resolves when this process knows what the others have written before. */
  look(): Promise<void>;
  close(): Promise<void>;
}

/** An empty store, and further connections to it, as other gateways have them. */
export interface Shared<Store> extends Opened<Store> {
  again(): Promise<Opened<Store>>;
}
