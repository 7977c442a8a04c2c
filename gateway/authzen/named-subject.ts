import { z } from "zod";
import { isJsonObject, type JsonObject } from "../lib/json.ts";
import type { Subject } from "../domain/subject.ts";
import { type Actors, actorsOf } from "./bound.ts";
import { person } from "./named-people.ts";
import { PropertyReader } from "./property-reader.ts";
import type { Question } from "./shapes.ts";

/** No issuer is named: the id is only as good as whoever asks. */
const unnamed = "none";

const object = z.custom<JsonObject>(isJsonObject);
const word = z.string().min(1).max(1_024);
const words = z.array(z.string());
const proof = z.object({ method: z.enum(["dpop", "mtls", "none"]), key: z.string().nullable() });

/**
 * Whom the question is about, as the enforcement point says: it has seen their credentials and enforces the answer, so it
 * is believed ("Trust" in the API's security considerations). Only that it is who it is was proven here.
 */
export function readSubject(
  { id, properties }: Question["subject"],
  sentBeside: Actors | null,
): { readonly subject: Subject; readonly actors: Actors; readonly asserted: JsonObject } {
  const reader = new PropertyReader(properties);
  const actors = actorsOf(properties?.["act"]);
  const chain = actors.length > 0 ? actors : (sentBeside ?? []);
  const subject: Subject = {
    type: "user",
    id,
    issuer: reader.take("issuer", word, unnamed),
    clientId: reader.take("client_id", word, null),
    roles: reader.take("roles", words, []),
    scopes: reader.take("scopes", words, []),
    claims: reader.take("claims", object, {}),
    proof: reader.take("proof", proof, { method: "none", key: null }),
    actingFor: reader.take("acting_for", person, null),
    owner: word.safeParse(properties?.["owner"]).data ?? null,
    actorChain: reader.take(
      "actor_chain",
      words,
      chain.map(([, actor]) => actor),
    ),
    session: null,
    purpose: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
  return { subject, actors: chain, asserted: reader.drop(["act"]).rest };
}
