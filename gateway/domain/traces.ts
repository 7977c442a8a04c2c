import type { AddressClass } from "./route.ts";
import type { ClientTls } from "./shipping.ts";

/** Where spans are sent. */
export interface TraceReceiver {
  readonly url: string;
  /** Null: requests carry no credential. */
  readonly token: { readonly scheme: string; readonly reference: string } | null;
  readonly tls: ClientTls;
  readonly addresses: ReadonlySet<AddressClass>;
  readonly timeoutMs: number;
}

/** Traces of calls, as the configuration has them. */
export interface TraceSettings extends TraceReceiver {
  /** Share of the traces that begin here, 0 to 1. */
  readonly sample: number;
  /** Whether a caller that has decided about its trace has decided about the part of it that is here. */
  readonly followsCallers: boolean;
}
