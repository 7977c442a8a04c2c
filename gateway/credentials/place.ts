import type { CredentialPlace } from "../domain/credential.ts";
import type { MadeCredential } from "../domain/ports.ts";

/** A secret at its configured place. */
export function atPlace(place: CredentialPlace, secret: string): MadeCredential["inject"][number] {
  return { place, value: place.prefix + secret };
}
