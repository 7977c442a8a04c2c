import { isIP } from "node:net";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleDeps } from "../deps.ts";
import { type OneTime, oneTime } from "../one-time-secrets.ts";
import type { Origins } from "../origins.ts";
import type { ConsoleSession, Sessions } from "../sessions.ts";
import type { Assertion, Registration } from "./credentials.ts";
import { register, registrationOptions } from "./register.ts";
import { type VoteQuestion, voteByPasskey, voteOptions } from "./vote.ts";

const challengeBounds = { lifetimeMs: 3 * 60_000, capacity: 10_000, perAsker: 100 };

export interface PasskeyDeps extends Pick<ConsoleDeps, "accounts" | "passkeys" | "clock" | "ids" | "logger"> {
  readonly sessions: Pick<Sessions, "find">;
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
  const challenges = oneTime<ChallengeUse>(deps.clock, challengeBounds);
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
