import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { hash } from "node:crypto";
import { isIP } from "node:net";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import { stillSignedIn } from "../browser-sessions.ts";
import type { ConsoleDeps } from "../deps.ts";
import type { OneTime, OneTimeSecrets } from "../../sign-in/one-time-secrets.ts";
import type { Origins } from "../origins.ts";
import type { ConsoleSession, Sessions } from "../sessions.ts";
import { algorithms, type Assertion, challengeIn, jwkOf, type Registration, webauthn } from "./credentials.ts";
import { voteByPasskey, voteOptions, type VoteQuestion } from "./vote.ts";

const challengeBounds = { lifetimeMs: 3 * 60_000, capacity: 10_000, perAsker: 100 };

export interface PasskeyDeps extends Pick<ConsoleDeps, "accounts" | "passkeys" | "clock" | "ids" | "logger"> {
  readonly sessions: Pick<Sessions, "find">;
  readonly secrets: OneTimeSecrets;
}

/** Whose keys: a session, its account, and what that is called. */
export type KeyOwner = Pick<ConsoleSession, "id" | "account" | "user">;

/** What a challenge was given out for. */
export type ChallengeUse = { readonly for: "registration" } | { readonly for: "vote"; readonly nonce: string };

/** What a WebAuthn ceremony works with. */
export interface CeremonyDeps extends PasskeyDeps {
  /** By account, the challenges that were given out and not answered yet. */
  readonly challenges: OneTime<ChallengeUse>;
  readonly party: RelyingParty;
}

/** WebAuthn level 3 (https://www.w3.org/TR/webauthn-3/): keys that stay with people, and sign what they decide. */
export interface Passkeys {
  list(owner: KeyOwner): Promise<Passkey[]>;
  /** @throws Refusal passkey_host, passkey_limit */
  registrationOptions(owner: KeyOwner): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws Refusal passkey_host, passkey_refused, passkey_limit, session_required */
  register(owner: KeyOwner, label: string, answer: Registration): Promise<Passkey>;
  /** @throws Refusal passkey_unknown */
  remove(owner: KeyOwner, id: string): Promise<void>;
  /** @throws Refusal passkey_host, passkey_missing */
  voteOptions(owner: KeyOwner, question: VoteQuestion): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** The evidence: the signature over exactly this vote, and all that verifies it. @throws Refusal passkey_host, passkey_refused */
  vote(owner: KeyOwner, question: VoteQuestion, answer: Assertion): Promise<JsonObject>;
}

export function passkeys(deps: PasskeyDeps, party: RelyingParty | null): Passkeys {
  const challenges = deps.secrets<ChallengeUse>("passkey", challengeBounds);
  const ceremony = (): CeremonyDeps => {
    if (party === null) throw new Refusal("passkey_host");
    return { ...deps, challenges, party };
  };
  return {
    list: ({ account }) => deps.passkeys.of(account),
    registrationOptions: async (owner) => registrationOptions(ceremony(), owner),
    register: async (owner, label, answer) => register(ceremony(), owner, label, answer),
    async remove({ account, user }, id) {
      if (!(await deps.passkeys.remove(account, id))) throw new Refusal("passkey_unknown");
      deps.logger.info("console: passkey removed", { user, account });
    },
    voteOptions: async (owner, question) => voteOptions(ceremony(), owner, question),
    vote: async (owner, question, answer) => voteByPasskey(ceremony(), owner, question, answer),
  };
}

/** Whom passkeys are for: the host name they are bound to, and the origins that may ask for them. */
export interface RelyingParty {
  readonly id: string;
  readonly origins: readonly string[];
}

/**
 * The console's host. On loopback that is `localhost`, since an address cannot have passkeys
 * (https://www.w3.org/TR/webauthn-3/#rp-id); null when the console has no name at all.
 */
export function relyingParty(publicUrl: string, { origins }: Origins): RelyingParty | null {
  const named = [...origins].filter((origin) => isIP(new URL(origin).hostname.replace(/^\[|\]$/g, "")) === 0);
  const host = new URL(named.find((origin) => origin === new URL(publicUrl).origin) ?? named[0] ?? publicUrl).hostname;
  return named.length === 0 ? null : { id: host, origins: named };
}

const mostPerPerson = 20;

/** Asks for a new key, on a device that verifies who uses it and knows none of this person's yet. */
export async function registrationOptions(
  deps: CeremonyDeps,
  { account, user }: KeyOwner,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const known = await deps.passkeys.of(account);
  if (known.length >= mostPerPerson) throw new Refusal("passkey_limit", { hint: `at most ${mostPerPerson}` });
  const { generateRegistrationOptions } = await webauthn();
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
  await deps.challenges.keep(account, options.challenge, { for: "registration" });
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
  const use = await deps.challenges.take(account, challenge);
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
  const { verifyRegistrationResponse, helpers } = await webauthn();
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
    jwkOf(credential.publicKey, helpers);
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
