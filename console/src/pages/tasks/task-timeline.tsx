import { Link } from "wouter";
import { get } from "../../api/client.ts";
import type { DecisionRow, TaskDetail } from "../../api/types.ts";
import { Section } from "../../components/section";
import { ShowOlder } from "../../components/show-older";
import { briefly, Text } from "../../components/text";
import { TimelineLine } from "../../components/timeline-line";
import { useOlder } from "../../state/use-older.ts";

/** What was done in the task and to it, out of the decision log: the latest first. */
export function TaskTimeline({ first }: { readonly first: TaskDetail }) {
  const older = useOlder(first, { rows: first.timeline, next: first.next }, async (after) => {
    const path = `/api/tasks/${encodeURIComponent(first.id)}?after=${encodeURIComponent(after)}`;
    const { timeline, next } = await get<TaskDetail>(path);
    return { rows: timeline, next };
  });
  return (
    <Section title="Timeline" aside="from the decision log">
      {older.rows.length === 0 ? <p class="quiet">Nothing was done in it yet.</p> : null}
      <ol class="timeline">
        {older.rows.map((row) => (
          <Entry key={row.decision_id} row={row} />
        ))}
      </ol>
      <ShowOlder of={older} />
    </Section>
  );
}

/** A call, or what was done to the task itself. */
function Entry({ row }: { readonly row: DecisionRow }) {
  return (
    <TimelineLine row={row} what={row.tool ?? "the task"} aside={<Caller row={row} />}>
      {row.message === null ? null : (
        <p class="timeline-why quiet">
          <Text>{row.message}</Text>
        </p>
      )}
    </TimelineLine>
  );
}

/** Who called, with a link to the session. */
function Caller({ row: { subject, session } }: { readonly row: DecisionRow }) {
  if (subject === null) return null;
  if (session === null) return <Text>{subject}</Text>;
  return (
    <Link href={`/sessions?${new URLSearchParams({ subject, session }).toString()}`}>
      <Text>{subject}</Text>
      <span class="visually-hidden">, its session {briefly(session)}</span>
    </Link>
  );
}
