import type { ShipSender, ShipSettings, ShipState } from "../domain/shipping.ts";

/** What the thread is started with. */
export interface ShipThreadData {
  /** Folder of the log. */
  readonly dir: string;
  /** Folder of the cursors. */
  readonly cursors: string;
  readonly destinations: readonly ShipSettings[];
  readonly sender: ShipSender;
}

/** Sends what there is for so long at most, and ends. */
export interface ToShip {
  readonly kind: "stop";
  readonly graceMs: number;
}

export type ShipLevel = "info" | "warn" | "error";

export type FromShip =
  | { readonly kind: "states"; readonly states: readonly ShipState[] }
  | {
      readonly kind: "log";
      readonly level: ShipLevel;
      readonly message: string;
      readonly fields: Record<string, unknown>;
    };
