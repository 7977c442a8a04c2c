import { isJsonObject, type JsonValue } from "../../../lib/json.ts";
import { reworder } from "./reworded.ts";
import { respelt } from "./respelt.ts";
import type { RecordedCall, Session } from "../read/session-schema.ts";

/** The same sessions in other words, or with addresses in other spellings; `recorded`: as they are. */
export const variants = ["recorded", "reworded", "respelt"] as const;
export type Variant = (typeof variants)[number];

/** Changes what the tools of the session answer and nothing else; the same session always becomes the same. */
export function varied(session: Session, variant: Variant): Session {
  if (variant === "recorded") return session;
  const change = variant === "respelt" ? respelt : reworder(argumentTexts(session.calls));
  return { ...session, calls: session.calls.map((call) => ({ ...call, result: mapTexts(call.result, change) })) };
}

function argumentTexts(calls: readonly RecordedCall[]): string[] {
  const texts: string[] = [];
  const collected = (text: string): string => {
    texts.push(text);
    return text;
  };
  for (const call of calls) mapTexts(call.arguments, collected);
  return texts;
}

/** The value with every text in it changed; names of members stay. */
function mapTexts(value: JsonValue, change: (text: string) => string): JsonValue {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => mapTexts(item, change));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, mapTexts(inner, change)] as const));
}
