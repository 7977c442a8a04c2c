/** An address in a text, in the one form in which addresses are compared. */
export interface Address {
  readonly kind: "email" | "url" | "account";
  readonly start: number;
  readonly end: number;
  readonly normal: string;
  /** The host of a URL or the domain of a mail address; null of an account. */
  readonly host: string | null;
}
