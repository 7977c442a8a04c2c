import { z } from "zod";
import { countFields, cursorForm, type DecisionField, decisionFields, statusForm } from "../domain/decision-fields.ts";
import { moment, shortText, whole } from "./read-request.ts";

const filters = {
  ...(Object.fromEntries(decisionFields.map((field) => [field, shortText.optional()])) as Record<
    DecisionField,
    z.ZodOptional<typeof shortText>
  >),
  status: z.string().regex(statusForm, "must be an HTTP status such as 403").optional(),
  effect: z.enum(["allow", "deny", "hold"]).optional(),
  text: shortText.optional(),
  since: moment.optional(),
  until: moment.optional(),
};

export const decisionCursor = z.string().regex(cursorForm, "must be the `next` of the answer before");

const page = (most: number) => ({ limit: whole(1, most).default(50), after: decisionCursor.optional() });

export const searchQuery = z.strictObject({ ...filters, ...page(200) });
/** A record may be long. */
export const recordsQuery = z.strictObject({ ...filters, ...page(50) });
export const countQuery = z.strictObject({
  ...filters,
  by: z
    .string()
    .transform((text) => [...new Set(text.split(","))])
    .pipe(z.array(z.enum(countFields)).max(4))
    .optional(),
});
