import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, messageOf } from "../../api/client.ts";
import type { SessionDetail, TimelineRow } from "../../api/types.ts";
import { Section } from "../../components/section";
import { TimelineEntry } from "./timeline-entry.tsx";

/** The calls of a session out of the decision log, the latest first. */
export function Timeline({ first }: { readonly first: SessionDetail }) {
  const older = useSignal<readonly TimelineRow[]>([]);
  const next = useSignal(first.next);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    older.value = [];
    next.value = first.next;
  }, [first]);

  async function showOlder(): Promise<void> {
    try {
      const page = await get<SessionDetail>(
        `/api/sessions/${encodeURIComponent(first.ref)}?after=${encodeURIComponent(next.value ?? "")}`,
      );
      older.value = [...older.value, ...page.timeline];
      next.value = page.next;
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  const rows = [...first.timeline, ...older.value];
  return (
    <Section title="Timeline" aside="from the decision log; labels and destinations of the latest calls from memory">
      {rows.length === 0 ? <p class="quiet">The decision log holds none of its calls any more.</p> : null}
      <ol class="timeline">
        {rows.map((row) => (
          <TimelineEntry key={row.decision_id} row={row} />
        ))}
      </ol>
      {problem.value === null ? null : (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      {next.value === null ? null : (
        <button type="button" class="older" onClick={() => void showOlder()}>
          Show older
        </button>
      )}
    </Section>
  );
}
