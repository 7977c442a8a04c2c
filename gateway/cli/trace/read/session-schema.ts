import { z } from "zod";
import { name } from "../../../config/schema/values.ts";
import type { Effect } from "../../../domain/decision.ts";
import type { JsonObject, JsonValue } from "../../../lib/json.ts";

/** `named`: the task itself names what to do; `delegated`: it points to something that is found on the way. */
export const kinds = ["attack", "named", "delegated"] as const;
export type Kind = (typeof kinds)[number];

const effect = z.enum(["allow", "hold", "deny"]);

/** How a call is sent: plain HTTP, or a message to an MCP server. */
const protocol = z.enum(["http", "mcp"]);

const text = z.string().min(1, { error: "must not be empty" });

const call = z.strictObject({
  tool: z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?\/[A-Za-z0-9._-]{1,128}$/, {
    error: "expected SERVER/TOOL, such as crm/find_ticket",
  }),
  protocol: protocol.optional(),
  arguments: z.record(z.string(), z.unknown()).prefault({}),
  result: z.unknown().refine((value) => value !== undefined, { error: "is required: what the tool answered" }),
  attack: z.boolean().prefault(false),
  expect: z
    .union([effect, z.array(effect).min(1)], { error: "expected allow, hold or deny, or a list of them" })
    .optional(),
  oracle: z.enum(["approve", "deny"]).optional(),
});

/** One session of a trace file. */
export const sessionSchema = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/, {
      error: "must be 1 to 100 letters, digits, '.', '_', ':' and '-', beginning with a letter or digit",
    }),
    domain: name().optional(),
    kind: z.enum(kinds),
    threats: z.array(text).prefault([]),
    held_out: z.boolean().prefault(false),
    person: z.strictObject({ id: text, name: text.optional() }).optional(),
    agent: text,
    roles: z.array(text).prefault([]),
    task: text.optional(),
    protocol: protocol.prefault("http"),
    calls: z.array(call).min(1, { error: "needs at least one call" }),
    note: z.string().optional(),
  })
  .superRefine(({ kind, calls }, context) => {
    const harmful = calls.findIndex(({ attack }) => attack);
    if (kind === "attack" && harmful < 0)
      context.addIssue({ code: "custom", path: ["calls"], message: "an attack needs a call with `attack: true`" });
    if (kind !== "attack" && harmful >= 0)
      context.addIssue({
        code: "custom",
        path: ["calls", harmful, "attack"],
        message: `a session of kind ${kind} has no call of an attacker`,
      });
  });

/** One recorded call. */
export interface RecordedCall {
  readonly server: string;
  readonly tool: string;
  readonly protocol: "http" | "mcp";
  readonly arguments: JsonObject;
  readonly result: JsonValue;
  /** The harmful step of an attack. */
  readonly attack: boolean;
  /** Effects that the policy is expected to give; null when the trace says none. */
  readonly expect: readonly Effect[] | null;
  /** What a person who is asked about it answers. */
  readonly approves: boolean;
}

export interface Session {
  readonly id: string;
  /** Where it stands, `file:line`. */
  readonly place: string;
  readonly domain: string;
  readonly kind: Kind;
  readonly threats: readonly string[];
  /** Rules are not written for it; it is reported apart. */
  readonly heldOut: boolean;
  readonly person: { readonly id: string; readonly name: string | null } | null;
  readonly agent: string;
  readonly roles: readonly string[];
  readonly task: string | null;
  readonly calls: readonly RecordedCall[];
}

type Values = z.output<typeof sessionSchema>;

/** The checked values as the other modules know them. `domain`: the one to use when the session names none. */
export function sessionOf(values: Values, place: string, domain: string): Session {
  const { id, kind, threats, person, agent, roles, task, calls } = values;
  return {
    id,
    place,
    domain: values.domain ?? domain,
    kind,
    threats,
    heldOut: values.held_out,
    person: person === undefined ? null : { id: person.id, name: person.name ?? null },
    agent,
    roles,
    task: task ?? null,
    calls: calls.map((call) => callOf(call, values.protocol)),
  };
}

function callOf(
  { tool, attack, expect, oracle, ...recorded }: Values["calls"][number],
  ofSession: Values["protocol"],
): RecordedCall {
  const slash = tool.indexOf("/");
  return {
    server: tool.slice(0, slash),
    tool: tool.slice(slash + 1),
    protocol: recorded.protocol ?? ofSession,
    arguments: recorded.arguments as JsonObject,
    result: recorded.result as JsonValue,
    attack,
    expect: expect === undefined ? null : [expect].flat(),
    // Somebody who sees what an attacker wants denies it.
    approves: oracle === undefined ? !attack : oracle === "approve",
  };
}
