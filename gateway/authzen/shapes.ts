import { z } from "zod";
import { type JsonObject, type JsonValue, isJsonObject, valueAtSteps } from "../lib/json.ts";
import { Refusal } from "../domain/errors.ts";
import { name, subjectProperties, submittingClient } from "./named-people.ts";

/** https://openid.net/specs/authorization-api-1_0.html, "Information Model". Unknown members are ignored, as it wants it. */
const object = z.custom<JsonObject>(isJsonObject, "is not an object");
const text = (most: number) => z.string("is not a string").min(1, "is empty").max(most, `is longer than ${most}`);

const entity = z.object(
  { type: text(256), id: text(1_024), properties: object.optional() },
  { error: "is not an object" },
);
const subject = entity.extend({ id: name, properties: subjectProperties.optional() });
const action = z.object({ name: text(256), properties: object.optional() }, { error: "is not an object" });
const question = z.object(
  { subject, action, resource: entity, context: object.optional() },
  { error: "is not an object" },
);

export type Question = z.output<typeof question>;

const semantics = z.enum(
  ["execute_all", "deny_on_first_deny", "permit_on_first_permit"],
  "is not execute_all, deny_on_first_deny or permit_on_first_permit",
);
export type Semantics = z.output<typeof semantics>;

const batch = z.object(
  {
    evaluations: z.array(z.custom<JsonValue>(), "is not an array").optional(),
    options: z.object({ evaluations_semantic: semantics.optional() }, { error: "is not an object" }).optional(),
  },
  { error: "is not an object" },
);

/** draft-openid-authzen-access-request-approval, "Access Request Submission". */
const submission = question.extend({
  denial: z
    .object(
      {
        expires_at: text(64),
        evaluation_id: text(256).optional(),
        binding_token: text(16_384).optional(),
      },
      { error: "is not an object" },
    )
    .optional(),
  requested_access: object.optional(),
  callback: z
    .object(
      {
        endpoint: text(2_048),
        state: z.custom<JsonValue>().optional(),
        events: z.array(text(64), "is not an array").max(16, "has more than 16 names").optional(),
      },
      { error: "is not an object" },
    )
    .optional(),
  client: submittingClient.optional(),
});

export type Submission = z.output<typeof submission>;

const cancellation = z.object(
  { reason: text(256).optional(), comment: text(1_000).optional() },
  { error: "is not an object" },
);

/** @throws Refusal authzen_request_invalid with the JSON pointer of what is wrong */
export const readQuestion = reader(question);
export const readBatch = reader(batch);
/** The top level of a batch: what is there must be right, and nothing has to be. */
export const readDefaults = reader(question.partial());
export const readSubmission = reader(submission);
export const readCancellation = reader(cancellation);

function reader<Shape extends z.ZodType>(shape: Shape): (document: JsonValue | undefined) => z.output<Shape> {
  return function read(document) {
    if (document === undefined) throw new Refusal("authzen_request_invalid", { hint: "there is no body" });
    const { data, error } = shape.safeParse(document);
    if (error === undefined) return data;
    const [first] = error.issues;
    const missing = first?.code === "invalid_type" && valueAtSteps(document, first.path.map(String)) === undefined;
    const what = missing ? "is missing" : (first?.message ?? "cannot be read");
    throw new Refusal("authzen_request_invalid", { hint: `${pointer(first?.path ?? [])} ${what}` });
  };
}

function pointer(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the body" : `/${path.map(String).join("/")}`;
}

/** Members of an entity, taken one by one into the contract where they have its form; the rest is only asserted. */
export class PropertyReader {
  readonly #left: Map<string, JsonValue>;

  constructor(members: JsonObject | undefined) {
    this.#left = new Map(Object.entries(members ?? {}));
  }

  take<Form extends z.ZodType, Absent>(name: string, form: Form, absent: Absent): z.output<Form> | Absent {
    const value = this.#left.get(name);
    const read = form.safeParse(value);
    if (value === undefined || !read.success) return absent;
    this.#left.delete(name);
    return read.data;
  }

  drop(names: readonly string[]): this {
    for (const name of names) this.#left.delete(name);
    return this;
  }

  get rest(): JsonObject {
    return Object.fromEntries(this.#left);
  }
}
