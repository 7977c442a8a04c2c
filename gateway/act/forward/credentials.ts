/** The gateway's own credential for a tool server: a header and its value, read from a secret reference at start. */
export interface Credential {
  readonly header: string;
  readonly value: string;
}
