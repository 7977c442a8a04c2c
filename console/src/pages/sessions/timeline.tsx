import { get } from "../../api/client.ts";
import type { SessionDetail } from "../../api/types.ts";
import { Section } from "../../components/section";
import { ShowOlder } from "../../components/show-older";
import { useOlder } from "../../state/use-older.ts";
import { TimelineEntry } from "./timeline-entry.tsx";

/** The calls of a session out of the decision log, the latest first. */
export function Timeline({ first }: { readonly first: SessionDetail }) {
  const older = useOlder(first, { rows: first.timeline, next: first.next }, async (after) => {
    const path = `/api/sessions/${encodeURIComponent(first.ref)}?after=${encodeURIComponent(after)}`;
    const { timeline, next } = await get<SessionDetail>(path);
    return { rows: timeline, next };
  });
  return (
    <Section
      title="Timeline"
      aside="from the decision log of this gateway; labels and destinations of the latest calls from memory"
    >
      {older.rows.length === 0 ? (
        <p class="quiet">The decision log of this gateway has none of its calls, or none any more.</p>
      ) : null}
      <ol class="timeline">
        {older.rows.map((row) => (
          <TimelineEntry key={row.decision_id} row={row} />
        ))}
      </ol>
      <ShowOlder of={older} />
    </Section>
  );
}
