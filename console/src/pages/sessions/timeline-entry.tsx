import type { TimelineRow } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { Text } from "../../components/text";
import { TimelineLine } from "../../components/timeline-line";

/** One call: when, what was decided, what came of it, and what it left behind. */
export function TimelineEntry({ row }: { readonly row: TimelineRow }) {
  const what = row.tool ?? row.action ?? "a refused request";
  return (
    <TimelineLine
      row={row}
      what={what}
      aside={isImplied(row) ? null : <span class="quiet">{row.outcome ?? "no outcome yet"}</span>}
    >
      {row.message === null && row.codes.length === 0 ? null : (
        <p class="timeline-why quiet">
          {row.message === null ? <code>{row.codes.join(", ")}</code> : <Text>{row.message}</Text>}
        </p>
      )}
      <Left row={row} />
    </TimelineLine>
  );
}

/** The effect has said it already. */
function isImplied({ effect, outcome }: TimelineRow): boolean {
  return (effect === "deny" && outcome === "refused") || (effect === "hold" && outcome === "held");
}

function Left({ row: { labels, destinations } }: { readonly row: TimelineRow }) {
  const went = destinations ?? [];
  if ((labels === null || labels.length === 0) && went.length === 0) return null;
  return (
    <div class="timeline-left">
      <Chips of={labels ?? []} name="Labels that it gave" />
      {went.length === 0 ? null : (
        <span class="quiet" title="Equal digests are the same destination; the destination cannot be read from one.">
          to <code>{went.join(", ")}</code>
        </span>
      )}
    </div>
  );
}
