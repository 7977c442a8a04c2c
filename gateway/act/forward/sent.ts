/** What became of one upstream request. `started`: bytes may have left, so the call may have been executed. */
export interface Sent {
  readonly status: number | null;
  readonly forwardedDigest: string;
  readonly responseDigest: string | null;
  readonly responseBytes: number;
  readonly started: boolean;
  /** Whether the caller had left by then. */
  readonly callerLeft: boolean;
  readonly error: Error | null;
}
