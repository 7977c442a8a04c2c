import { hash } from "node:crypto";
import {
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import { stillSignedIn } from "../browser-sessions.ts";
import { algorithms, challengeIn, jwkOf, type Registration } from "./credentials.ts";
import type { CeremonyDeps, KeyOwner } from "./passkeys.ts";

const mostPerPerson = 20;

/** Asks for a new key, on a device that verifies who uses it and knows none of this person's yet. */
export async function registrationOptions(
  deps: CeremonyDeps,
  { account, user }: KeyOwner,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = await deps.passkeys.of(account);
  if (known.length >= mostPerPerson) throw new Refusal("passkey_limit", { hint: `at most ${mostPerPerson}` });
  const options = await generateRegistrationOptions({
    rpName: "Sallyport",
    rpID: deps.party.id,
    userName: user,
    userDisplayName: user,
    // https://www.w3.org/TR/webauthn-3/#sctn-user-handle-privacy: it must not tell who it is.
    userID: new Uint8Array(hash("sha256", `sallyport-user\0${account}`, "buffer")),
    challenge: deps.ids.make("n") + deps.ids.make("n"),
    attestationType: "none",
    authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
    excludeCredentials: known.map(({ id, transports }) => ({ id, transports: [...transports] })),
    supportedAlgorithmIDs: algorithms,
  });
  deps.challenges.keep(account, options.challenge, { for: "registration" });
  return options;
}

export async function register(
  deps: CeremonyDeps,
  session: KeyOwner,
  label: string,
  answer: Registration,
): Promise<Passkey> {
  const { account, user } = session;
  const challenge = challengeIn(answer.response.clientDataJSON);
  const use = deps.challenges.take(account, challenge);
  if (use?.for !== "registration")
    throw new Refusal("passkey_refused", { hint: "its challenge is not one of these minutes" });
  const passkey = { ...(await verified(deps, challenge, answer)), account, label };
  await add(deps, session, passkey);
  deps.logger.info("console: passkey added", { user, account });
  return passkey;
}

/**
 * In one transaction with a look at the session: an account that was removed and made anew meanwhile has the same id, and
 * must not get a key of who had it before.
 */
async function add(deps: CeremonyDeps, session: KeyOwner, passkey: Passkey): Promise<void> {
  const added = await deps.accounts.atomically(async () => {
    await stillSignedIn(deps.sessions, session);
    return deps.passkeys.add(passkey, mostPerPerson);
  });
  if (added === "limit") throw new Refusal("passkey_limit", { hint: `at most ${mostPerPerson}` });
  if (added === "known") throw new Refusal("passkey_refused", { hint: "it is registered already" });
  if (added === "account_unknown") throw new Refusal("session_required");
}

async function verified(
  { party, clock }: CeremonyDeps,
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
