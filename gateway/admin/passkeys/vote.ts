import type { PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/server";
import { passkeyChallenge, type PasskeyQuestion } from "../../domain/approval.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Passkey } from "../../domain/ports.ts";
import { type Assertion, challengeIn, jwkOf, webauthn } from "./credentials.ts";
import type { CeremonyDeps, KeyOwner } from "./passkeys.ts";

/** The vote that is to be signed. */
export type VoteQuestion = Omit<PasskeyQuestion, "nonce">;

/** Asks one of this person's keys for a signature over one answer to one item. */
export async function voteOptions(
  deps: CeremonyDeps,
  { account }: KeyOwner,
  question: VoteQuestion,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const known = await deps.passkeys.of(account);
  if (known.length === 0) throw new Refusal("passkey_missing");
  const nonce = deps.ids.make("n");
  const challenge = passkeyChallenge({ ...question, nonce });
  const { generateAuthenticationOptions } = await webauthn();
  const options = await generateAuthenticationOptions({
    rpID: deps.party.id,
    challenge: new Uint8Array(Buffer.from(challenge, "base64url")),
    userVerification: "required",
    allowCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
  });
  await deps.challenges.keep(account, challenge, { for: "vote", nonce });
  return options;
}

/**
 * The challenge is worked out anew from the vote that is being cast, so a signature given for another item, another
 * digest, the other answer or another permission does not fit. Used once, whether it fits or not.
 */
export async function voteByPasskey(
  deps: CeremonyDeps,
  { account }: KeyOwner,
  question: VoteQuestion,
  answer: Assertion,
): Promise<JsonObject> {
  const use = await deps.challenges.take(account, challengeIn(answer.response.clientDataJSON));
  if (use?.for !== "vote") throw new Refusal("passkey_refused", { hint: "its challenge is not one of these minutes" });
  const passkey = await deps.passkeys.get(answer.id);
  if (passkey?.account !== account) throw new Refusal("passkey_refused", { hint: "it is not one of yours" });
  const { nonce } = use;
  const counter = await verified(deps, passkey, passkeyChallenge({ ...question, nonce }), answer);
  if (!(await deps.passkeys.used(passkey, counter, deps.clock.now())))
    throw new Refusal("passkey_refused", { hint: "its counter did not grow" });
  return evidenceOf(deps, passkey, nonce, answer);
}

async function verified(
  { party }: CeremonyDeps,
  passkey: Passkey,
  challenge: string,
  answer: Assertion,
): Promise<number> {
  const { verifyAuthenticationResponse } = await webauthn();
  try {
    const { verified: holds, authenticationInfo } = await verifyAuthenticationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, "base64url")),
        counter: passkey.counter,
      },
    });
    if (!holds) throw new Error("the signature does not verify");
    return authenticationInfo.newCounter;
  } catch (failure) {
    throw new Refusal("passkey_refused", { hint: "it signed something else", detail: String(failure), cause: failure });
  }
}

/** Everything that an auditor needs to verify the signature without asking this gateway. */
async function evidenceOf(
  { party }: CeremonyDeps,
  passkey: Passkey,
  nonce: string,
  { id, response }: Assertion,
): Promise<JsonObject> {
  const { helpers } = await webauthn();
  return {
    by: "webauthn",
    credential_id: id,
    public_key: jwkOf(new Uint8Array(Buffer.from(passkey.publicKey, "base64url")), helpers),
    rp_id: party.id,
    nonce,
    client_data_json: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
  };
}
