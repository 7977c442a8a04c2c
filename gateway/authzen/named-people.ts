import { isDeceptive } from "../lib/look-alike.ts";
import { z } from "zod";
import { isJsonObject, type JsonObject, type JsonValue } from "../lib/json.ts";

/** Actors nested deeper than this are refused. */
const deepest = 8;

const text = z.string("is not a string");
/** A name of somebody: safe in records and in comparisons. */
export const name = text
  .min(1, "is empty")
  .max(1_024, "is longer than 1024")
  .refine((value) => !/\p{C}/u.test(value), "has a control character")
  .refine((value) => !isDeceptive(value), "has a character that nobody sees, or a blank at an end");
const object = z.custom<JsonObject>(isJsonObject, "is not an object");
const noObject = { error: "is not an object" };

/** Whom the agent acts for. */
export const person = z.object({ id: name, claims: object.default({}) }, noObject);

/** `act` of draft-mcguinness-oauth-actor-profile: nested objects of `iss` and `sub`, the current actor outermost. */
const actor = z.custom<JsonValue>().superRefine((act, context) => {
  const path: string[] = [];
  let level: JsonValue | undefined = act;
  for (let depth = 0; level !== undefined; depth += 1) {
    if (depth === deepest) return context.addIssue({ code: "custom", message: `has more than ${deepest} actors` });
    const { error } = z.object({ sub: name, iss: name.optional() }, noObject).safeParse(level);
    for (const issue of error?.issues ?? [])
      context.addIssue({ code: "custom", message: problemOf(issue), path: [...path, ...issue.path] });
    if (error !== undefined) return;
    level = (level as JsonObject)["act"];
    path.push("act");
  }
});

const named = z.object({
  issuer: name.optional(),
  client_id: name.nullish(),
  acting_for: person.nullish(),
  owner: name.nullish(),
  actor_chain: z.array(name, "is not an array").max(256, "has more than 256 names").optional(),
  act: actor.optional(),
});

/**
 * Properties of a subject. Whatever of them names a person has its form or the question is refused: were it skipped, the
 * person that it names could approve the call (`approval_self` compares names). Members that are unknown stay as they are.
 */
export const subjectProperties = checked(named);

/** `client` of a submission, whose `actor` may name the actors of the question. */
export const submittingClient = checked(
  z.object({ actor: z.object({ id: name, issuer: name.optional(), act: actor.optional() }, noObject).optional() }),
);

/** Checks without copying: what is bound and judged is the object that was sent. */
function checked(form: z.ZodType) {
  return object.superRefine((members, context) => {
    const { error } = form.safeParse(members);
    for (const issue of error?.issues ?? [])
      context.addIssue({ code: "custom", message: problemOf(issue), path: issue.path });
  });
}

function problemOf(issue: z.core.$ZodIssue): string {
  return issue.code === "invalid_type" && issue.input === undefined ? "is missing" : issue.message;
}
