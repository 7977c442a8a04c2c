import { z } from "zod";
import { Refusal } from "../domain/errors.ts";
import { toolPattern } from "../domain/lease.ts";
import { maxTaskTextBytes, plainTaskText } from "../domain/task-text.ts";
import { type CutText, cutToBytes } from "../lib/cut-text.ts";
import { decimal, decimalText } from "../lib/decimal.ts";
import { isDeceptive } from "../lib/look-alike.ts";

const maxPurpose = 512;
const maxItems = 200;

/** What is asked for, read: what is absent is undefined, and comes from the parent or has no limit. */
export type LeaseWish = Readonly<z.output<typeof wish>>;

/** One line that is safe in records and on screens. */
function line(most: number) {
  return z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(most, `must have at most ${most} characters`)
    .refine((text) => !/\p{C}/u.test(text), "must be one line without control characters");
}

const id = line(256).refine((text) => !isDeceptive(text), "has a character that nobody sees");

const tool = z.string().regex(toolPattern, "must be server/tool, or server/* for all of a server");

/** Units are compared letter by letter. */
const unit = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9._-]{0,31}$/, "a unit is a letter, then letters, digits, '.', '_', '-'");

const amount = z
  .union([z.string(), z.number()], "must be an amount such as 12.50")
  .refine((value) => decimal(value) !== null, "must be an amount of 0 or more with at most 18 decimal places")
  .transform((value) => decimalText(decimal(value) ?? 0n));

const whole = z.int("must be a whole number").min(1, "must be 1 or more").max(1_000_000_000, "must be 1e9 at most");

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const span = z
  .string()
  .regex(/^[1-9][0-9]{0,6}[smhd]$/, "must be a duration such as 30s, 20m, 8h or 2d")
  .transform((text) => Number(text.slice(0, -1)) * (unitMs[text.slice(-1)] ?? 0));

const limits = z
  .strictObject({
    calls: whole.optional(),
    concurrent: whole.optional(),
    spend: z.record(unit, amount).optional(),
    time: span.optional(),
    until: z.iso
      .datetime({ offset: true, error: "must be a moment such as 2026-11-25T13:00:00Z" })
      .transform((text) => Date.parse(text))
      .optional(),
  })
  .refine(({ time, until }) => time === undefined || until === undefined, "time and until say the same thing twice")
  .prefault({});

const user = z.union(
  [
    id.transform((subject) => ({ subject, client: null, issuer: undefined })),
    z
      .strictObject({ subject: id.optional(), client: id.optional(), issuer: id.optional() })
      .refine((one) => (one.subject === undefined) !== (one.client === undefined), "needs a subject or a client")
      .transform(({ subject = null, client = null, issuer }) => ({ subject, client, issuer })),
  ],
  'must be a caller\'s id, or {"subject" or "client": …, "issuer": …}',
);

const wish = z.strictObject({
  purpose: line(maxPurpose),
  text: z.string().min(1, "must not be empty").optional(),
  tools: z.array(tool).min(1, "needs at least one tool").max(maxItems).optional(),
  targets: z.array(line(2_048)).max(maxItems).optional(),
  serves: id.optional(),
  agents: z.array(user).min(1, "needs at least one agent").max(maxItems).optional(),
  limits,
  parent: line(64).optional(),
});

/** @throws Refusal task_invalid that names each place that is wrong, and what it should be */
export function readWish(asked: unknown): LeaseWish {
  const read = wish.safeParse(asked);
  if (read.success) return read.data;
  const problems = read.error.issues.map(({ path, message }) => `/${path.map(String).join("/")}: ${message}`);
  throw new Refusal("task_invalid", { hint: problems.join("; ").slice(0, 500) });
}

/** The text of a task as it is kept. */
export function leaseText(text: string | undefined): CutText | null {
  return text === undefined ? null : cutToBytes(plainTaskText(text), maxTaskTextBytes);
}
