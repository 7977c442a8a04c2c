import { type JsonObject, objectIn } from "../../lib/json.ts";
import type { ShipFormat, ShipSender } from "../../domain/shipping.ts";
import { ecsEvent } from "./ecs.ts";
import { ocsfEvent } from "./ocsf.ts";
import { opaEvent } from "./opa-event.ts";

/** A whole record as JSON text of a format; null when the format has no word for it, and for an empty text, which is no record. */
export type FormatLine = (line: string) => string | null;

export function formatter(format: ShipFormat, sender: ShipSender): FormatLine {
  if (format === "record") return (line) => (line === "" ? null : line);
  const write = { opa: opaOf, ocsf: ocsfEvent, ecs: ecsEvent }[format];
  return function formatted(line) {
    // Null for a line that somebody else has written into the log.
    const record = objectIn(line);
    const event = record === null ? null : write(record, sender);
    return event === null ? null : JSON.stringify(event);
  };
}

const opaOf = (record: JsonObject, sender: ShipSender): object | null =>
  record["kind"] === "decision" ? opaEvent(record, sender) : null;
