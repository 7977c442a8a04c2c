import { hostname } from "node:os";
import type { ShipSender } from "../../domain/shipping.ts";
import type { JsonObject, JsonValue } from "../../lib/json.ts";

/** RFC 5424 §6.2.1. */
const severities = { error: 3, warning: 4, notice: 5, informational: 6 } as const;

const MOST_SEQUENCE_ID = 2_147_483_647;

/**
 * A message of RFC 5424 §6, whose text is JSON. MSGID is the kind of the record. Structured data is what IANA has registered: `origin`
 * and `meta` with the number of the record, which begins anew after 2147483647 (§7.3.1). A text of UTF-8 has to begin with a byte order
 * mark (§6.4), which parsers of JSON refuse: so the text is ASCII.
 */
export function syslogMessage(record: JsonObject, text: string, sender: ShipSender, facility: number): string {
  const priority = facility * 8 + severityOf(record);
  const sequence = ((Number(record["seq"]) - 1) % MOST_SEQUENCE_ID) + 1;
  const data = `[origin software="sallyport" swVersion="${parameter(sender.version)}"][meta sequenceId="${sequence}"]`;
  const header = [
    `<${priority}>1`,
    word(record["timestamp"], 32),
    word(hostname(), 255),
    word("sallyport", 48),
    word(sender.instance, 128),
    word(record["kind"], 32),
  ];
  return `${header.join(" ")} ${data} ${text.replace(beyondAscii, escaped)}`;
}

/** In JSON these stand in strings alone. DEL is none that can be printed. */
const beyondAscii = /[\x7f-\uffff]/g;
const escaped = (one: string): string => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`;

function severityOf({ kind, result, outcome }: JsonObject): number {
  const { effect } = (result ?? {}) as { readonly effect?: string };
  if (kind === "interruption") return severities.error;
  if (effect === "deny" || outcome === "failed" || outcome === "unknown") return severities.warning;
  return effect === "hold" ? severities.notice : severities.informational;
}

/** Printable ASCII without spaces; `-` for nothing (NILVALUE). */
function word(value: JsonValue | undefined, most: number): string {
  const text = typeof value === "string" ? value.replace(/[^\x21-\x7e]/g, "").slice(0, most) : "";
  return text === "" ? "-" : text;
}

const parameter = (text: string): string => text.replace(/["\\\]]/g, "\\$&");
