/** The list of the MCP servers behind the gateway. */
export interface RegistrySettings {
  /** Domain of the operator in reverse order. */
  readonly namespace: string;
  /** Servers of one page, where the caller does not say. */
  readonly perPage: number;
  /** What is said of the server of a route, by the route's id. */
  readonly servers: ReadonlyMap<string, ServerWords>;
}

export interface ServerWords {
  /** Null: nothing is said. */
  readonly title: string | null;
  readonly description: string | null;
  readonly version: string;
  /** Callers without a token find it, too. */
  readonly isPublic: boolean;
}
