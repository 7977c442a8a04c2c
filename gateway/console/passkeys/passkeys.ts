import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { Refusal } from "../../domain/errors.ts";
import type { Approver, Passkey } from "../../domain/ports.ts";
import type { ConsoleDeps } from "../deps.ts";
import { oneTime } from "../one-time.ts";
import type { ConsoleSession } from "../sessions.ts";
import type { Assertion, Registration } from "./answers.ts";
import { register, registrationOptions } from "./register.ts";
import type { RelyingParty } from "./relying-party.ts";
import { type VoteAbout, voteByPasskey, voteOptions } from "./vote.ts";

const lifetimeMs = 3 * 60_000;
const mostQuestions = 10_000;

export type PasskeyDeps = Pick<ConsoleDeps, "passkeys" | "clock" | "ids" | "logger">;

/** What a challenge was given out for. */
export type Question = { readonly for: "registration" } | { readonly for: "vote"; readonly nonce: string };

/** WebAuthn level 3 (https://www.w3.org/TR/webauthn-3/): keys that stay with people, and sign what they decide. */
export interface Passkeys {
  list(user: string): Passkey[];
  /** @throws Refusal passkey_host, passkey_limit */
  registrationOptions(user: string): Promise<PublicKeyCredentialCreationOptionsJSON>;
  /** @throws Refusal passkey_host, passkey_refused, passkey_limit */
  register(user: string, label: string, answer: Registration): Promise<Passkey>;
  /** @throws Refusal passkey_unknown */
  remove(user: string, id: string): void;
  /** @throws Refusal passkey_host, passkey_missing */
  voteOptions(user: string, about: VoteAbout): Promise<PublicKeyCredentialRequestOptionsJSON>;
  /** The approver with the signature over exactly this vote as evidence. @throws Refusal passkey_host, passkey_refused */
  vote(session: ConsoleSession, about: VoteAbout, answer: Assertion): Promise<Approver>;
}

export function passkeys(deps: PasskeyDeps, party: RelyingParty | null): Passkeys {
  const questions = oneTime<Question>(deps.clock, { lifetimeMs, most: mostQuestions });
  const desk = () => {
    if (party === null) throw new Refusal("passkey_host");
    return { ...deps, questions, party };
  };
  return {
    list: (user) => deps.passkeys.of(user),
    registrationOptions: async (user) => registrationOptions(desk(), user),
    register: async (user, label, answer) => register(desk(), user, label, answer),
    remove(user, id) {
      if (!deps.passkeys.remove(user, id)) throw new Refusal("passkey_unknown");
      deps.logger.info("console: passkey removed", { user });
    },
    voteOptions: async (user, about) => voteOptions(desk(), user, about),
    vote: async (session, about, answer) => voteByPasskey(desk(), session, about, answer),
  };
}
