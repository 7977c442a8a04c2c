import {
  generateAuthenticationOptions,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
} from "@simplewebauthn/server";
import { passkeyChallenge, type PasskeyQuestion } from "../../domain/approval.ts";
import { Refusal } from "../../domain/errors.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { Passkey } from "../../domain/ports.ts";
import { type Assertion, challengeIn } from "./webauthn-responses.ts";
import { jwkOf } from "./public-key.ts";
import type { KeyOwner } from "./passkeys.ts";
import type { PasskeyDesk } from "./register.ts";

/** The answer that is to be signed. */
export type VoteAbout = Omit<PasskeyQuestion, "nonce">;

/** Asks one of this person's keys for a signature over one answer to one item. */
export async function voteOptions(
  desk: PasskeyDesk,
  { account }: KeyOwner,
  about: VoteAbout,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const known = desk.passkeys.of(account);
  if (known.length === 0) throw new Refusal("passkey_missing");
  const nonce = desk.ids.make("n");
  const challenge = passkeyChallenge({ ...about, nonce });
  const options = await generateAuthenticationOptions({
    rpID: desk.party.id,
    challenge: new Uint8Array(Buffer.from(challenge, "base64url")),
    userVerification: "required",
    allowCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
  });
  desk.questions.keep(account, challenge, { for: "vote", nonce });
  return options;
}

/**
 * The challenge is worked out anew from the vote that is being cast, so a signature given for another item, another
 * digest, the other answer or another permission does not fit. Used once, whether it fits or not.
 */
export async function voteByPasskey(
  desk: PasskeyDesk,
  { account }: KeyOwner,
  about: VoteAbout,
  answer: Assertion,
): Promise<JsonObject> {
  const question = desk.questions.take(account, challengeIn(answer.response.clientDataJSON));
  if (question?.for !== "vote")
    throw new Refusal("passkey_refused", { hint: "its challenge is not one of these minutes" });
  const passkey = desk.passkeys.get(answer.id);
  if (passkey?.account !== account) throw new Refusal("passkey_refused", { hint: "it is not one of yours" });
  const { nonce } = question;
  const counter = await verified(desk, passkey, passkeyChallenge({ ...about, nonce }), answer);
  if (!desk.passkeys.used(passkey.id, counter, desk.clock.now()))
    throw new Refusal("passkey_refused", { hint: "its counter did not grow" });
  return evidenceOf(desk, passkey, nonce, answer);
}

async function verified(
  { party }: PasskeyDesk,
  passkey: Passkey,
  challenge: string,
  answer: Assertion,
): Promise<number> {
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
function evidenceOf({ party }: PasskeyDesk, passkey: Passkey, nonce: string, { id, response }: Assertion): JsonObject {
  return {
    by: "webauthn",
    credential_id: id,
    public_key: jwkOf(new Uint8Array(Buffer.from(passkey.publicKey, "base64url"))),
    rp_id: party.id,
    nonce,
    client_data_json: response.clientDataJSON,
    authenticator_data: response.authenticatorData,
    signature: response.signature,
  };
}
