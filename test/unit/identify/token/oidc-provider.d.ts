/** The part of oidc-provider that tests use; the package ships no types. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export class Provider {
    constructor(issuer: string, configuration: ProviderConfiguration);
    callback(): (req: IncomingMessage, res: ServerResponse) => void;
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>;
    interactionFinished(req: IncomingMessage, res: ServerResponse, result: object, options?: object): Promise<void>;
    readonly Client: { find(id: string): Promise<Client | undefined> };
    on(event: "authorization.success", listener: (context: AuthorizationContext) => void): this;
    readonly Grant: {
      new (of: { accountId: string; clientId: string }): Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    readonly AccessToken: TokenModel;
    readonly RefreshToken: TokenModel;
    readonly ClientCredentials: new (of: object) => { setAudience(audience: string): void; save(): Promise<string> };
    registerGrantType(
      name: string,
      handler: (context: GrantContext) => Promise<void>,
      parameters: readonly string[],
      repeatable?: readonly string[],
    ): void;
  }

  export interface GrantContext {
    readonly oidc: {
      readonly client: { readonly clientId: string };
      readonly params: Readonly<Record<string, string | undefined>>;
    };
    body: object;
  }

  export const errors: Readonly<
    Record<"InvalidGrant" | "InvalidRequest" | "InvalidTarget" | "InvalidScope", new (description: string) => Error>
  >;

  interface Interaction {
    readonly uid: string;
    readonly prompt: { readonly name: string };
    readonly params: Record<string, unknown>;
    readonly session?: { readonly accountId: string };
    readonly grantId?: string;
  }

  interface TokenModel {
    find(token: string): Promise<{ readonly accountId: string; readonly scope?: string } | undefined>;
    revokeByGrantId(id: string): Promise<void>;
  }

  interface Client {
    /** Signs a logout token and posts it to the client's `backchannel_logout_uri`. @throws Error unless that answers 200 */
    backchannelLogout(sub: string, sid: string): Promise<void>;
  }

  interface AuthorizationContext {
    readonly oidc: { readonly session: { readonly accountId: string; sidFor(client: string): string } };
  }

  interface Grant {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
    destroy(): Promise<void>;
  }

  interface ProviderConfiguration {
    readonly clients: readonly object[];
    readonly clientDefaults?: object;
    readonly scopes: readonly string[];
    readonly features: Record<string, object> & {
      readonly resourceIndicators?: {
        readonly enabled: boolean;
        readonly getResourceServerInfo: (context: unknown, resource: string) => object;
      };
    };
    readonly extraTokenClaims?: () => object;
    readonly claims?: Record<string, readonly string[]>;
    readonly conformIdTokenClaims?: boolean;
    readonly findAccount?: (context: unknown, id: string) => object | undefined;
    readonly loadExistingGrant?: (context: never) => Promise<unknown>;
    readonly interactions?: { readonly url: (context: unknown, interaction: Interaction) => string };
    readonly cookies?: object;
    readonly jwks?: object;
    readonly ttl?: object;
    readonly issueRefreshToken?: () => boolean;
    readonly rotateRefreshToken?: boolean;
    readonly pkce?: object;
  }
}
