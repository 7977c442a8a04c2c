import { useMemo } from "preact/hooks";
import type { JsonValue } from "../api/types";
import { entriesOf } from "../text/json";
import { JsonTree } from "./json-tree.tsx";

/** Lines that a panel shows without scrolling; what stands below it must be reachable. */
const mostLines = 100;

/** A JSON value in full, in a box that scrolls when it is long, also with the keyboard. */
export function JsonPanel({ value, label }: { readonly value: JsonValue; readonly label: string }) {
  const lines = useMemo(() => linesOf(value), [value]);
  if (lines <= mostLines)
    return (
      <div class="panel" role="group" aria-label={label}>
        <JsonTree value={value} />
      </div>
    );
  return (
    <>
      <div class="panel tall" role="group" aria-label={`${label}, ${lines} lines, scrolls`} tabIndex={0}>
        <JsonTree value={value} />
      </div>
      <p class="quiet small">{lines} lines: the box scrolls.</p>
    </>
  );
}

function linesOf(value: JsonValue): number {
  return entriesOf(value).reduce((lines, [, inner]) => lines + 1 + linesOf(inner), 0);
}
