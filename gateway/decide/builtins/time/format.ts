import type { Civil } from "./civil.ts";
import { MONTHS, WEEKDAYS, civilFromSeconds } from "./civil.ts";
import { splitLayout } from "./layout.ts";
import type { Zone } from "./zone.ts";

export interface Instant {
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly zone: Zone;
}

export function civilOf(instant: Instant): Civil {
  return civilFromSeconds(instant.seconds + instant.zone.offsetAt(instant.seconds));
}

export function formatTime(instant: Instant, layout: string): string {
  const offset = instant.zone.offsetAt(instant.seconds);
  const civil = civilFromSeconds(instant.seconds + offset);
  let text = "";
  for (const { literal, element } of splitLayout(layout)) {
    text += literal + formatElement(element, civil, instant, offset);
  }
  return text;
}

const padded = (value: number, width: number, fill = "0"): string => String(value).padStart(width, fill);
const twelve = (hour: number): number => (hour % 12 === 0 ? 12 : hour % 12);

const SIMPLE: Readonly<Record<string, (civil: Civil) => string>> = {
  "06": (c) => padded(c.year % 100, 2),
  "2006": (c) => padded(c.year, 4),
  Jan: (c) => (MONTHS[c.month - 1] as string).slice(0, 3),
  January: (c) => MONTHS[c.month - 1] as string,
  "1": (c) => String(c.month),
  "01": (c) => padded(c.month, 2),
  Mon: (c) => (WEEKDAYS[c.weekday] as string).slice(0, 3),
  Monday: (c) => WEEKDAYS[c.weekday] as string,
  "2": (c) => String(c.day),
  _2: (c) => padded(c.day, 2, " "),
  "02": (c) => padded(c.day, 2),
  __2: (c) => padded(c.yearDay, 3, " "),
  "002": (c) => padded(c.yearDay, 3),
  "15": (c) => padded(c.hour, 2),
  "3": (c) => String(twelve(c.hour)),
  "03": (c) => padded(twelve(c.hour), 2),
  "4": (c) => String(c.minute),
  "04": (c) => padded(c.minute, 2),
  "5": (c) => String(c.second),
  "05": (c) => padded(c.second, 2),
  PM: (c) => (c.hour >= 12 ? "PM" : "AM"),
  pm: (c) => (c.hour >= 12 ? "pm" : "am"),
};

function formatElement(element: string, civil: Civil, instant: Instant, offset: number): string {
  if (element === "") return "";
  const simple = SIMPLE[element];
  if (simple !== undefined) return simple(civil);
  if (element === "MST") return instant.zone.abbreviationAt(instant.seconds);
  if (element.startsWith("Z") || element.startsWith("-")) return formatOffset(element, offset);
  return formatFraction(element, instant.nanoseconds);
}

function formatOffset(element: string, offset: number): string {
  if (element.startsWith("Z") && offset === 0) return "Z";
  const shape = element.slice(1);
  const minutes = Math.floor(Math.abs(offset) / 60);
  const fields = [padded(Math.floor(minutes / 60), 2)];
  if (shape !== "07") fields.push(padded(minutes % 60, 2));
  if (shape === "070000" || shape === "07:00:00") fields.push(padded(Math.abs(offset) % 60, 2));
  // Whole minutes decide the sign, as in Go: -00:00:30 would be written with a plus.
  return (Math.trunc(offset / 60) < 0 ? "-" : "+") + fields.join(shape.includes(":") ? ":" : "");
}

function formatFraction(element: string, nanoseconds: number): string {
  const digits = padded(nanoseconds, 9).slice(0, Math.min(element.length - 1, 9));
  if (element[1] === "0") return `${element[0]}${digits}`;
  const kept = digits.replace(/0+$/, "");
  return kept === "" ? "" : `${element[0]}${kept}`;
}
