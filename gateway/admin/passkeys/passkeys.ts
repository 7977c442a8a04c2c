import { isIP } from "node:net";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { Refusal } from "../../domain/errors.ts";
import type { Passkey } from "../../domain/ports.ts";
import type { JsonObject } from "../../lib/json.ts";
import type { ConsoleDeps } from "../deps.ts";
import { oneTime } from "../one-time-secrets.ts";
import type { Origins } from "../origins.ts";
import type { ConsoleSession } from "../sessions.ts";
import type { Assertion, Registration } from "./webauthn-responses.ts";
import { register, registrationOptions } from "./register.ts";
import { type VoteAbout, voteByPasskey, voteOptions } from "./vote.ts";

const questionBounds = { lifetimeMs: 3 * 60_000, capacity: 10_000, perAsker: 100 };

export type PasskeyDeps = Pick<ConsoleDeps, "passkeys" | "clock" | "ids" | "logger">;

/** Whose keys: an account, and what it is called. */
export type KeyOwner = Pick<ConsoleSession, "account" | "user">;

/** What a challenge was given out for. */
export type Question = { readonly for: "registration" } | { readonly for: "vote"; readonly nonce: string };

/** WebAuthn level 3 (https://www.w3.org/TR/webauthn-3/): keys that stay with people, and sign what they decide. */
export interface Passkeys {
  list(owner: KeyOwner): Passkey[];
  /** @throws Refusal passkey_host, passkey_limit */
  registrationOptions(owner: KeyOwner): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws Refusal passkey_host, passkey_refused, passkey_limit */
  register(owner: KeyOwner, label: string, answer: Registration): Promise<Passkey>;
  /** @throws Refusal passkey_unknown */
  remove(owner: KeyOwner, id: string): void;
  /** @throws Refusal passkey_host, passkey_missing */
  voteOptions(owner: KeyOwner, about: VoteAbout): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** The evidence: the signature over exactly this vote, and all that verifies it. @throws Refusal passkey_host, passkey_refused */
  vote(owner: KeyOwner, about: VoteAbout, answer: Assertion): Promise<JsonObject>;
}

export function passkeys(deps: PasskeyDeps, party: RelyingParty | null): Passkeys {
  const questions = oneTime<Question>(deps.clock, questionBounds);
  const desk = () => {
    if (party === null) throw new Refusal("passkey_host");
    return { ...deps, questions, party };
  };
  return {
    list: ({ account }) => deps.passkeys.of(account),
    registrationOptions: async (owner) => registrationOptions(desk(), owner),
    register: async (owner, label, answer) => register(desk(), owner, label, answer),
    remove({ account, user }, id) {
      if (!deps.passkeys.remove(account, id)) throw new Refusal("passkey_unknown");
      deps.logger.info("console: passkey removed", { user, account });
    },
    voteOptions: async (owner, about) => voteOptions(desk(), owner, about),
    vote: async (owner, about, answer) => voteByPasskey(desk(), owner, about, answer),
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
