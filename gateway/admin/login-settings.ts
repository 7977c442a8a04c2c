/** How people sign in here. */
export interface ConsoleLogin {
  /** Somebody has a password. */
  readonly passwords: boolean;
  /** The OpenID Connect provider; null when there is none. */
  readonly provider: ProviderSettings | null;
  /** How long a proof of who somebody is, given again, counts. */
  readonly stepUpMs: number;
}

export interface ProviderSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Read anew with each look at the provider, so that a rotated secret counts. @throws Error that names where it is looked for */
  clientSecret(): string;
  readonly scopes: readonly string[];
  /** A claim's name, or a JSON pointer when it begins with "/". */
  readonly claims: {
    readonly name: string;
    readonly roles: string;
    readonly teams: string | null;
    readonly also: readonly string[];
  };
  /** Value of a claim to what it stands for here. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly teams: ReadonlyMap<string, readonly string[]>;
  readonly label: string;
  /** How long what the provider said about somebody counts, in milliseconds. */
  readonly rolesForMs: number;
}
