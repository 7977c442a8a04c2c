import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { CredentialFailure } from "../domain/credential.ts";
import type { SignedJwtCredential } from "../domain/oauth-credential.ts";
import type { Clock, CredentialProvider, CredentialWish, Ids } from "../domain/ports.ts";
import type { Route } from "../domain/route.ts";
import { resourceId } from "../domain/tool-call.ts";
import { delegationOf } from "./delegation.ts";
import type { JwtSigner } from "./own-keys.ts";
import { atPlace } from "./place.ts";

export interface SignedJwtDeps {
  readonly keys: JwtSigner;
  readonly clock: Pick<Clock, "now">;
  readonly ids: Ids;
  /** Where agents reach the gateway, which is where its keys are published; null while that is not known. */
  readonly issuer: () => string | null;
}

/** `typ` of what is signed (RFC 9068 is another: no authorization server has issued this). */
const typ = "sallyport-call+jwt";
/** Of the entry of `authorization_details` (RFC 9396) that says which call it is. */
const detailType = "sallyport_tool_call";

/**
 * A JWT for this one call: who it is for, who acts, which tool, the digests of its arguments and of the whole request. Made anew for
 * every call.
 */
export function signedJwt(credential: SignedJwtCredential, deps: SignedJwtDeps): CredentialProvider {
  const { place, ttlS, audience } = credential;
  return {
    obtain: async (wish) => {
      const iss = deps.issuer();
      if (iss === null) throw new CredentialFailure("misconfigured", "the gateway's own address is not known yet");
      const { call, subject } = wish;
      const iat = Math.floor(deps.clock.now() / 1_000);
      const exp = iat + Math.min(ttlS, wish.ttlS ?? ttlS);
      const claims = {
        iss,
        aud: wish.resource ?? audience ?? addressOf(call.route),
        iat,
        exp,
        jti: deps.ids.make("j"),
        ...delegationOf(subject),
        // Two issuers may name different people alike.
        sub_iss: subject.issuer,
        ...(subject.clientId === null ? {} : { client_id: subject.clientId }),
        ...(wish.scope === null ? {} : { scope: wish.scope.join(" ") }),
        authorization_details: [detailOf(wish)],
      };
      const signed = deps.keys.sign(claims, typ);
      // The gateway's own key signs at once.
      const token = typeof signed === "string" ? signed : await signed;
      if (deps.clock.now() >= exp * 1_000)
        throw new CredentialFailure("unreachable", "signing took longer than the JWT would have been valid");
      return { inject: [atPlace(place, token)], secrets: [token], expiresAt: exp * 1_000, scope: wish.scope };
    },
  };
}

function detailOf({ call }: CredentialWish): object {
  const { action, argumentsOmitted, arguments: args, request } = call;
  return {
    type: detailType,
    actions: [action],
    locations: [addressOf(call.route)],
    tool: resourceId(call),
    // RFC 8785, so that whoever parses the arguments can compute it; not of those that nobody has read.
    ...(argumentsOmitted ? {} : { arguments_digest: `sha256:${hash("sha256", canonicalize(args) ?? "", "hex")}` }),
    request_digest: request.digest,
  };
}

/** The tool server as a resource (RFC 8707): its address, without a slash at the end. */
export function addressOf({ upstream, upstreamPrefix }: Route): string {
  return upstreamPrefix === "/" ? upstream.origin : upstream.origin + upstreamPrefix;
}
