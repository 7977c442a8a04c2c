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
