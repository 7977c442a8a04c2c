import type { JsonValue } from "../lib/json.ts";

/** A request that the gateway answers itself, read as strictly as one that it forwards. */
export interface OwnRequest {
  readonly method: string;
  /** Canonical. */
  readonly path: string;
  /** The one value of a header that may appear once; null when absent. Lower-case name. */
  header(name: string): string | null;
  /** undefined without a body. */
  readonly document: JsonValue | undefined;
}
