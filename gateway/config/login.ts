/** How people sign in to the console, as configured. */
export const loginKinds = ["local", "oidc"] as const;

export interface Login {
  /** People with a password. */
  readonly users: readonly {
    readonly name: string;
    readonly roles: readonly string[];
    readonly teams: readonly string[];
    readonly also: readonly string[];
  }[];
  /** null: passwords alone. */
  readonly oidc: OidcLogin | null;
  readonly stepUpMs: number;
}

export interface OidcLogin {
  readonly issuer: string;
  readonly clientId: string;
  /** Reference for `Config.secret`. */
  readonly secretReference: string;
  readonly scopes: readonly string[];
  readonly claims: {
    readonly name: string;
    readonly roles: string;
    readonly teams: string | null;
    readonly also: readonly string[];
  };
  /** Value of the claim to what it stands for here. */
  readonly roles: ReadonlyMap<string, readonly string[]>;
  readonly teams: ReadonlyMap<string, readonly string[]>;
  /** What people are told to sign in with. */
  readonly label: string;
  /** How long what the provider said counts. */
  readonly rolesForMs: number;
}
