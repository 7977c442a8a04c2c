import { hash, timingSafeEqual } from "node:crypto";
import { FairShare } from "../domain/fair-share.ts";
import type { Clock, Ids } from "../domain/ports.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import type { SignedInPerson } from "./person.ts";

/** How long a person may take, from the client's request to their answer. */
export const interactionMs = 10 * 60_000;
const bounds = { capacity: 10_000, perAsker: 1_000 };

/** One request of a client, from its arrival to the person's answer. It belongs to the browser that brought it. */
export interface Interaction {
  readonly id: string;
  readonly request: AuthorizationRequest;
  /** Digest of the secret in the browser's cookie. */
  readonly browser: string;
  /** Null until somebody has signed in. */
  readonly person: SignedInPerson | null;
  readonly signedInAt: number | null;
  /** The sign-in at the provider that has begun; null for none. */
  readonly trip: { readonly state: string; readonly secret: string } | null;
}

/** Requests that wait for a person, in memory: after a restart the client begins again. */
export class Interactions {
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #kept: FairShare<Interaction>;
  /** Ids by the `state` of a sign-in at the provider. */
  readonly #trips: FairShare<string>;

  constructor(clock: Clock, ids: Ids) {
    this.#clock = clock;
    this.#ids = ids;
    this.#kept = new FairShare({ ...bounds, clock, full: "forget" });
    this.#trips = new FairShare({ ...bounds, clock, full: "forget" });
  }

  begin(request: AuthorizationRequest, browserSecret: string, asker: string): Interaction {
    const id = this.#ids.make("n");
    const begun = { id, request, browser: digestOf(browserSecret), person: null, signedInAt: null, trip: null };
    this.#kept.set(asker, id, begun, interactionMs);
    return begun;
  }

  /** Null when there is none of that id in this browser, or its time is over. */
  find(id: string, browserSecret: string | null): Interaction | null {
    const found = this.#kept.get(id);
    return found !== undefined && browserSecret !== null && isOf(found, browserSecret) ? found : null;
  }

  /** The one that this return from the provider belongs to. */
  findTrip(state: string, browserSecret: string | null): Interaction | null {
    const id = this.#trips.take(state);
    return id === undefined ? null : this.find(id, browserSecret);
  }

  sentToProvider(interaction: Interaction, trip: NonNullable<Interaction["trip"]>, asker: string): void {
    this.#kept.set(asker, interaction.id, { ...interaction, trip }, interactionMs);
    this.#trips.set(asker, trip.state, interaction.id, interactionMs);
  }

  signedIn(interaction: Interaction, person: SignedInPerson, asker: string): void {
    this.#kept.set(
      asker,
      interaction.id,
      { ...interaction, person, signedInAt: this.#clock.now(), trip: null },
      interactionMs,
    );
  }

  /** It is answered: nobody answers it again. Null when somebody has. */
  take(interaction: Interaction): Interaction | null {
    return this.#kept.take(interaction.id) ?? null;
  }
}

/** What a form of this interaction carries, so that it can only have been sent by a page that this browser was given. */
export function formProof({ id }: Pick<Interaction, "id">, browserSecret: string): string {
  return hash("sha256", JSON.stringify(["form", id, browserSecret]), "base64url");
}

export function isProof(sent: string | undefined, interaction: Interaction, browserSecret: string): boolean {
  return sent !== undefined && equal(sent, formProof(interaction, browserSecret));
}

function isOf({ browser }: Interaction, secret: string): boolean {
  return equal(digestOf(secret), browser);
}

function digestOf(secret: string): string {
  return hash("sha256", secret, "base64url");
}

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
