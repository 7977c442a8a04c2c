/** One `%` directive of Go's fmt, as read. */
export interface Spec {
  sharp: boolean;
  zero: boolean;
  plus: boolean;
  minus: boolean;
  space: boolean;
  /** %+v and %#v move their flag here. */
  sharpV: boolean;
  plusV: boolean;
  width: number | undefined;
  precision: number | undefined;
}

/** Arguments that OPA passes to fmt.Sprintf: int64, *big.Int, float64 or string; templates add the others. */
export type FormatArgument =
  | { readonly type: "int64" | "int"; readonly value: bigint }
  | { readonly type: "*big.Int"; readonly value: bigint }
  | { readonly type: "float64"; readonly value: number }
  | { readonly type: "string" | "json.Number"; readonly value: string }
  | { readonly type: "bool"; readonly value: boolean };

export function emptySpec(): Spec {
  return {
    sharp: false,
    zero: false,
    plus: false,
    minus: false,
    space: false,
    sharpV: false,
    plusV: false,
    width: undefined,
    precision: undefined,
  };
}

/** Pads to the width, counted in characters; zeros only ever go to the left. */
export function pad(spec: Spec, text: string, zero = spec.zero): string {
  if (spec.width === undefined) return text;
  const missing = spec.width - characterCount(text);
  if (missing <= 0) return text;
  if (spec.minus) return text + " ".repeat(missing);
  return (zero ? "0" : " ").repeat(missing) + text;
}

function characterCount(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
