import type { JsonValue } from "../api/types";
import { entriesOf } from "../text/json";
import { JsonTree } from "./json-tree.tsx";

/** Levels of nesting that fit on a phone. */
const shallow = 6;

/** A JSON value in a box; deeply nested values scroll sideways, also with the keyboard. */
export function JsonPanel({ value, label }: { readonly value: JsonValue; readonly label: string }) {
  const deep = deeperThan(value, shallow);
  return (
    <div class="panel" role="group" aria-label={label} tabIndex={deep ? 0 : undefined}>
      <JsonTree value={value} />
    </div>
  );
}

function deeperThan(value: JsonValue, levels: number): boolean {
  return entriesOf(value).some(([, inner]) => levels === 0 || deeperThan(inner, levels - 1));
}
