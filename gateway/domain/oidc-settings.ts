/** The OpenID Connect provider that people of the console come from, as configured. */
export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Reference for `Config.secret`. */
  readonly secretReference: string;
  readonly scopes: readonly string[];
  /** A claim's name, or a JSON pointer when it begins with "/". */
  readonly claims: {
    readonly name: string;
    readonly roles: string;
    readonly teams: string | null;
    readonly also: readonly string[];
  };
  /** Value of the claim to what it stands for here. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly teams: ReadonlyMap<string, readonly string[]>;
  /** What the sign-in button calls the provider. */
  readonly label: string;
  /** How long what the provider said about somebody counts, in milliseconds. */
  readonly rolesForMs: number;
}
