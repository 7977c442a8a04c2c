import { Link } from "wouter";
import type { TimelineRow } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { StateTag } from "../../components/state-tag";
import { briefly, Text } from "../../components/text";
import { Ago } from "../../components/time";

/** One call: when, what was decided, what came of it, and what it left behind. */
export function TimelineEntry({ row }: { readonly row: TimelineRow }) {
  const what = row.tool ?? row.action ?? "a refused request";
  return (
    <li>
      <div class="timeline-when">
        <Link href={`/decisions/${encodeURIComponent(row.decision_id)}`}>
          <Ago at={Date.parse(row.timestamp)} />
          <span class="visually-hidden">, open the record of {briefly(what)}</span>
        </Link>
      </div>
      <div class="timeline-what">
        <code class="break">
          <Text>{what}</Text>
        </code>
        <StateTag state={row.effect} />
        {isImplied(row) ? null : <span class="quiet">{row.outcome ?? "no outcome yet"}</span>}
      </div>
      {row.message === null && row.codes.length === 0 ? null : (
        <p class="timeline-why quiet">
          {row.message === null ? <code>{row.codes.join(", ")}</code> : <Text>{row.message}</Text>}
        </p>
      )}
      <Left row={row} />
    </li>
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
