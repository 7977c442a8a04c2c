/** The part of oidc-provider that the live issuer test uses; the package ships no types. */
declare module "oidc-provider" {
  import type { IncomingMessage, ServerResponse } from "node:http";

  export class Provider {
    constructor(issuer: string, configuration: ProviderConfiguration);
    callback(): (req: IncomingMessage, res: ServerResponse) => void;
  }

  interface ProviderConfiguration {
    readonly clients: readonly object[];
    readonly scopes: readonly string[];
    readonly features: Record<string, object> & {
      readonly resourceIndicators: {
        readonly enabled: boolean;
        readonly getResourceServerInfo: (context: unknown, resource: string) => object;
      };
    };
    readonly extraTokenClaims: () => object;
  }
}
