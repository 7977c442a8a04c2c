import type { AwsCredential } from "./aws-credential.ts";
import type {
  ClientCredentialsCredential,
  IdJagCredential,
  SignedJwtCredential,
  TokenExchangeCredential,
} from "./oauth-credential.ts";
import type { PersonCredential } from "./person-credential.ts";
import type { InjectionPlace } from "./ports.ts";
import type { VaultCredential } from "./vault-credential.ts";

/** One entry of `credentials` in the configuration; secrets are references for `Config.secret`. */
export type CredentialConfig =
  | StaticCredential
  | ClientCredentialsCredential
  | TokenExchangeCredential
  | IdJagCredential
  | SignedJwtCredential
  | VaultCredential
  | AwsCredential
  | PersonCredential;

/** What all kinds have. */
export interface NamedCredential {
  readonly name: string;
  readonly place: CredentialPlace;
}

/** Where the value goes, and what stands before it there. Header names are lower case. */
export type CredentialPlace = InjectionPlace & { readonly prefix: string };

/** A secret that somebody else keeps. */
export interface StaticCredential extends NamedCredential {
  readonly provider: "static";
  readonly reference: string;
}

/** Why a provider could not make a credential. The message is for operators; it holds no secret and nothing that a server said in words. */
export class CredentialFailure extends Error {
  override readonly name = "CredentialFailure";
  /**
   * unreachable: worth another attempt. refused: the other side understood and said no. misconfigured: the gateway's own side is
   * wrong.
   */
  readonly kind: "unreachable" | "refused" | "misconfigured";

  constructor(kind: CredentialFailure["kind"], message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** Headers that the gateway sets itself, and those of the connection. */
const ownHeaders: ReadonlySet<string> = new Set([
  ..."host content-length content-type content-encoding transfer-encoding connection keep-alive te trailer".split(" "),
  ..."upgrade expect proxy-connection accept-encoding traceparent".split(" "),
]);

/** Whether a header of this name, in lower case, is none that a credential can have. */
export function isOwnHeader(name: string): boolean {
  return ownHeaders.has(name) || name.startsWith("sallyport-");
}
