import type { World } from "./world/world.ts";

/** One row of the table. */
export interface Peer {
  /** Versions of what is measured. */
  version(): string;
  /** @throws Error saying why it cannot run here */
  start(world: World): Promise<StartedPeer>;
}

export interface StartedPeer {
  /** Where the load goes. */
  readonly origin: string;
  /** Every process whose time counts, helpers included; their children count as well. */
  readonly pids: readonly number[];
  /** False when it answers without the upstream. */
  readonly forwards?: boolean;
  /** Bytes of its decision log. */
  recordBytes?(): Promise<number>;
  /** Between two measurements. */
  tidy?(): Promise<void>;
  stop(): Promise<void>;
}
