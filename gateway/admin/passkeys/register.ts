import { hash } from "node:crypto";
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import type { OneTime } from "../one-time-secrets.ts";
import { challengeIn, type Registration } from "./webauthn-responses.ts";
import type { KeyOwner, PasskeyDeps, Question, RelyingParty } from "./passkeys.ts";
import { algorithms, jwkOf } from "./public-key.ts";

export const mostPerPerson = 20;

export interface PasskeyDesk extends PasskeyDeps {
  readonly questions: OneTime<Question>;
  readonly party: RelyingParty;
}

/** Asks for a new key, on a device that verifies who uses it and knows none of this person's yet. */
export async function registrationOptions(
  desk: PasskeyDesk,
  { account, user }: KeyOwner,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = desk.passkeys.of(account);
  if (known.length >= mostPerPerson) throw new Refusal("passkey_limit", { hint: `at most ${mostPerPerson}` });
  const options = await generateRegistrationOptions({
    rpName: "Sallyport",
    rpID: desk.party.id,
    userName: user,
    userDisplayName: user,
    // https://www.w3.org/TR/webauthn-3/#sctn-user-handle-privacy: it must not tell who it is.
    userID: new Uint8Array(hash("sha256", `sallyport-user\0${account}`, "buffer")),
    challenge: desk.ids.make("n") + desk.ids.make("n"),
    attestationType: "none",
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
    supportedAlgorithmIDs: algorithms,
  });
  desk.questions.keep(account, options.challenge, { for: "registration" });
  return options;
}

export async function register(
  desk: PasskeyDesk,
  { account, user }: KeyOwner,
  label: string,
  answer: Registration,
): Promise<Passkey> {
  const challenge = challengeIn(answer.response.clientDataJSON);
  const question = desk.questions.take(account, challenge);
  if (question?.for !== "registration")
    throw new Refusal("passkey_refused", { hint: "its challenge is not one of these minutes" });
  const passkey = { ...(await verified(desk, challenge, answer)), account, label };
  if (desk.passkeys.of(account).length >= mostPerPerson)
    throw new Refusal("passkey_limit", { hint: `at most ${mostPerPerson}` });
  if (!desk.passkeys.add(passkey)) throw new Refusal("passkey_refused", { hint: "it is registered already" });
  desk.logger.info("console: passkey added", { user, account });
  return passkey;
}

async function verified(
  { party, clock }: PasskeyDesk,
  challenge: string,
  answer: Registration,
): Promise<Omit<Passkey, "account" | "label">> {
  try {
    const { verified: holds, registrationInfo } = await verifyRegistrationResponse({
      response: { ...answer, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: [...party.origins],
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!holds) throw new Error("the answer does not verify");
    const { credential, credentialBackedUp } = registrationInfo;
    // A key that receipts could not carry is refused now, not at the first vote.
    jwkOf(credential.publicKey);
    return {
      id: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      counter: credential.counter,
      transports: answer.response.transports,
      synced: credentialBackedUp,
      created_at: clock.now(),
      used_at: null,
    };
  } catch (failure) {
    throw new Refusal("passkey_refused", { detail: String(failure), cause: failure });
  }
}
