/** Go's reference-time layouts (https://pkg.go.dev/time#Layout), split into literal text and elements. */
export interface LayoutPart {
  readonly literal: string;
  /** The element after the literal text, e.g. "2006" or ".000"; empty at the end. */
  readonly element: string;
}

// In the order in which Go's scanner prefers them. "_2006" is an underscore and a year.
const ELEMENT = new RegExp(
  "January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|0[1-6]|002|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm|" +
    "-070000|-07:00:00|-0700|-07:00|-07|Z070000|Z07:00:00|Z0700|Z07:00|Z07|[.,](?:0+|9+)(?!\\d)",
  "g",
);

export function splitLayout(layout: string): readonly LayoutPart[] {
  const parts: LayoutPart[] = [];
  let start = 0;
  for (const match of layout.matchAll(ELEMENT)) {
    parts.push({ literal: layout.slice(start, match.index), element: match[0] });
    start = match.index + match[0].length;
  }
  parts.push({ literal: layout.slice(start), element: "" });
  return parts;
}

/** The names OPA gives to Go's constants. */
export const LAYOUTS: Readonly<Record<string, string>> = {
  ANSIC: "Mon Jan _2 15:04:05 2006",
  UnixDate: "Mon Jan _2 15:04:05 MST 2006",
  RubyDate: "Mon Jan 02 15:04:05 -0700 2006",
  RFC822: "02 Jan 06 15:04 MST",
  RFC822Z: "02 Jan 06 15:04 -0700",
  RFC850: "Monday, 02-Jan-06 15:04:05 MST",
  RFC1123: "Mon, 02 Jan 2006 15:04:05 MST",
  RFC1123Z: "Mon, 02 Jan 2006 15:04:05 -0700",
  RFC3339: "2006-01-02T15:04:05Z07:00",
  RFC3339Nano: "2006-01-02T15:04:05.999999999Z07:00",
};

/** A named layout, or the layout itself. */
export function layoutNamed(name: string): string {
  return Object.hasOwn(LAYOUTS, name) ? (LAYOUTS[name] as string) : name;
}
