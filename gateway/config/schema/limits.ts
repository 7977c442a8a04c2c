import { z } from "zod";
import { toolPattern } from "../../domain/lease.ts";
import { limitKeys } from "../../domain/limit.ts";
import { decimal } from "../../lib/decimal.ts";
import { ofLastKind, oneOf } from "../../lib/schema-findings.ts";
import { count, duration, name } from "./values.ts";

const most = () => count(1, 1_000_000_000);
const time = () => duration("1s", "366d");

const rate = z
  .strictObject({
    max: most().describe("Calls in any time of this length."),
    per: time().describe("The length."),
    burst: most()
      .optional()
      .describe("Calls at once; after them one every `per` divided by `max`. Default: as many as `max`."),
  })
  .describe("How many calls in a time.");

const spend = z
  .strictObject({
    unit: z
      .string()
      .regex(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/, { error: "expected a unit such as EUR" })
      .describe("Unit in which the catalog prices calls."),
    max: z
      .union([z.number(), z.string()])
      .refine((value) => (decimal(value) ?? 0n) > 0n, {
        error: 'expected an exact amount above zero, such as "500.00"',
      })
      .describe("Exact amount in any time of this length."),
    per: time().describe("The length."),
  })
  .describe(
    "How much may be spent in a time. A call costs what the catalog's `price` says; without one in this unit, nothing.",
  );

const loop = z
  .strictObject({
    max: most().describe("Equal calls in any time of this length: the same tool with the same arguments."),
    per: time().describe("The length."),
  })
  .describe("How often the very same call may be sent in a time.");

const breaker = z
  .strictObject({
    failures: z
      .number()
      .gt(0, { error: "must be above 0 and at most 1" })
      .max(1, { error: "must be above 0 and at most 1" })
      .prefault(0.5)
      .describe("Share of failed calls that opens it."),
    calls: count(1, 100_000).prefault(20).describe("Fewest calls within the time that say anything."),
    within: duration("1s", "1h").prefault("30s").describe("The time in which calls are looked at."),
    open: duration("1s", "1h").prefault("15s").describe("How long calls are refused before one may try."),
    statuses: z
      .array(count(500, 599))
      .prefault([500, 502, 503, 504])
      .describe("Statuses that count as failures, beside connections that fail and answers that do not come."),
  })
  .describe("Refuses calls to a tool server that fails, for a while, at each of its origins.");

export const limitSchema = z.strictObject({
  name: name().describe("Short name, told to callers and in metrics."),
  by: z
    .union([z.enum(limitKeys), z.array(z.enum(limitKeys)).min(1, { error: "needs at least one" })], {
      error: ({ input }) => (Array.isArray(input) ? ofLastKind : `${oneOf(limitKeys, input)}, or a list of them`),
    })
    .optional()
    .describe(
      "For whom it counts: one count for each, or for each combination. `all`: one for all callers. `person`: whom the caller acts for. What a call does not have, and a session that no token names, counts as the caller itself. Required but for a breaker.",
    ),
  tools: z
    .array(z.string().regex(toolPattern, { error: "expected server/tool or server/*" }))
    .prefault([])
    .describe("Tools whose calls count: `server/tool`, or `server/*` for all of a server. Default: all."),
  routes: z.array(z.string()).prefault([]).describe("Ids of the routes whose calls count. Default: all."),
  rate: rate.optional(),
  concurrent: most().optional().describe("Calls under way at once."),
  spend: spend.optional(),
  loop: loop.optional(),
  breaker: breaker.optional(),
});

export const limitsSchema = z
  .array(limitSchema)
  .prefault([])
  .describe(
    "Limits of calls, each of one kind: `rate`, `concurrent`, `spend`, `loop` or `breaker`. Gateways on one PostgreSQL database count rates and spending together; everything else each process counts for itself.",
  );
