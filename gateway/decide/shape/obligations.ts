import type { Obligation } from "../../domain/decision.ts";
import { exactObject, Misshapen, misshapen, oneOf, positiveInteger, text, texts } from "./fields.ts";

type Check = (value: unknown, where: string) => void;

/** What each obligation carries besides its type. Which are known is closed: an unknown one could not be carried out. */
const obligations: {
  readonly [Type in Obligation["type"]]: Readonly<Record<Exclude<keyof (Obligation & { type: Type }), "type">, Check>>;
} = {
  label_session: { labels: texts },
  inject_credential: { credential: text, ttl: positiveInteger },
  limit: {
    key: (value, where) => oneOf(value, ["subject", "session", "tool"], where),
    per: text,
    max: positiveInteger,
  },
  consume_approval: {},
};

export function checkObligation(value: unknown, where: string): void {
  const type = (value as { readonly type?: unknown } | null)?.type;
  if (typeof type !== "string") throw misshapen(`${where}/type`, "a text");
  if (!Object.hasOwn(obligations, type))
    throw new Misshapen("policy_obligation_unknown", `${where} is of the unknown type ${type}`);
  const fields: Readonly<Record<string, Check>> = obligations[type as Obligation["type"]];
  const obligation = exactObject(value, ["type", ...Object.keys(fields)], where);
  for (const [key, check] of Object.entries(fields)) check(obligation[key], `${where}/${key}`);
}
