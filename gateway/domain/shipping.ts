import type { AddressClass } from "./route.ts";

/** Where the decision log is sent, as the configuration says it. Plain data: it is handed to a thread. Paths are absolute. */
export interface ShipSettings {
  readonly name: string;
  readonly to: ShipTarget;
  /** Pause between two looks at the log once all of it was sent. */
  readonly everyMs: number;
  /** Records that wait longer, or attempts that fail for longer, are a finding that leaves the gateway ready. */
  readonly degradedAfterMs: number;
  /** Records that wait longer, or attempts that fail for longer, make the gateway unready; null: neither does. */
  readonly unreadyAfterMs: number | null;
  /** So long retention leaves segments that the destination has not had; null: as long as it takes. */
  readonly retainMs: number | null;
  readonly retry: { readonly firstMs: number; readonly longestMs: number };
  /** For one attempt. */
  readonly timeoutMs: number;
}

export type ShipTarget = OpaTarget | OtlpTarget | ObjectsTarget | SyslogTarget | StdoutTarget;

/** What a record looks like where the receiver does not say it. */
export type ShipFormat = "record" | "opa" | "ocsf" | "ecs";

export interface HttpTarget {
  readonly url: string;
  /** Reference to what stands in `authorization` behind the scheme; null for none. */
  readonly token: { readonly scheme: string; readonly reference: string } | null;
  readonly tls: ClientTls;
  readonly addresses: ReadonlySet<AddressClass>;
}

export interface OpaTarget extends HttpTarget {
  readonly kind: "opa";
  /** Most bytes of a compressed chunk. */
  readonly chunkBytes: number;
}

export interface OtlpTarget extends HttpTarget {
  readonly kind: "otlp";
}

/** Traces of calls, as the configuration has them. */
export interface TraceSettings extends HttpTarget {
  /** For one attempt. */
  readonly timeoutMs: number;
  /** Share of the traces that begin here, 0 to 1. */
  readonly sample: number;
  /** Whether the `sampled` flag of a caller's trace decides in place of `sample`. */
  readonly followsCallers: boolean;
}

/** A bucket of an S3-compatible object store. */
export interface ObjectsTarget {
  readonly kind: "s3";
  /** scheme://host[:port]; the bucket is the first part of the path. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  /** Empty, or ends in a slash. */
  readonly prefix: string;
  readonly keys: { readonly id: string; readonly secret: string; readonly session: string | null };
  readonly tls: ClientTls;
  readonly addresses: ReadonlySet<AddressClass>;
}

export interface SyslogTarget {
  readonly kind: "syslog";
  readonly host: string;
  readonly port: number;
  /** Null: plain TCP. */
  readonly tls: ClientTls | null;
  /** RFC 5424 §6.2.1. */
  readonly facility: number;
  /** Bytes of a message; of a record whose message is larger less is sent. */
  readonly mostBytes: number;
  readonly format: ShipFormat;
  readonly addresses: ReadonlySet<AddressClass>;
}

export interface StdoutTarget {
  readonly kind: "stdout";
  readonly format: ShipFormat;
}

/** PEM files. */
export interface ClientTls {
  /** Null: the authorities that Node knows. */
  readonly caFile: string | null;
  /** Null: the gateway shows no certificate. */
  readonly client: { readonly certFile: string; readonly keyFile: string } | null;
}

/** Who sends. */
export interface ShipSender {
  readonly instance: string;
  readonly environment: string;
  readonly version: string;
  /** Beyond these. */
  readonly labels: Readonly<Record<string, string>>;
}

/** How far a destination is. */
export interface ShipState {
  readonly name: string;
  /** Records on disk that it has not had. */
  readonly records: number;
  /** Age of the oldest of them, in seconds. */
  readonly seconds: number;
  /** Since the first of the attempts that have failed in a row, in seconds; 0 when the last one did not. */
  readonly failingSeconds: number;
  /** Why the last attempt failed; null when it did not. */
  readonly error: string | null;
  /** Since the start of the thread that sends. */
  readonly sent: number;
  readonly failures: number;
  /** Records that were gone from the log before they could be sent, at most. */
  readonly missed: number;
  /** Records of which the receiver took less than all, or none. */
  readonly reduced: number;
}
