import type { ApprovalCard } from "../api/types.ts";
import { jsonWarnings, listAt, textAt } from "./json.ts";
import { type Warning, warningsOf } from "./warnings.ts";

/** Warnings about deceptive text in the agent, the person, the tool and the declared intent. */
export function headWarnings(card: ApprovalCard): Warning[] {
  const { binding, context } = card.approval;
  const texts: readonly (readonly [string, string | null])[] = [
    ["summary", card.summary],
    ["agent", card.agent],
    ["for", card.acting_for],
    ["tool", card.tool],
    ["request", `${binding.origin}${binding.path}`],
    ["session", binding.session],
    ["task", binding.task],
    ["purpose", textAt(context, "purpose", "text")],
    ["stated intent", textAt(context, "stated_intent")],
    ...listAt(context, "session", "labels").map((label) => ["session label", String(label)] as const),
    ...listAt(context, "session", "history").map((call) => ["earlier call", textAt(call, "tool")] as const),
  ];
  return [
    ...texts.flatMap(([name, text]) => (text === null ? [] : warningsOf(text, name))),
    ...binding.query.flatMap(([name, value]) => warningsOf(`${name}=${value}`, "query")),
    ...binding.headers.flatMap(([name, value]) => warningsOf(value, `header ${name}`)),
    ...jsonWarnings(binding.beside).map((warning) => ({ ...warning, pointer: `beside ${warning.pointer}` })),
  ];
}
