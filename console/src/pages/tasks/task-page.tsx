import { useSignal } from "@preact/signals";
import { Link } from "wouter";
import type { LeaseView, TaskDetail, Timed } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { LoadState } from "../../components/load-state";
import { NotKnown } from "../../components/notice";
import { Section } from "../../components/section";
import { BriefText, Text } from "../../components/text";
import { useResource } from "../../state/use-resource.ts";
import { CloseTask } from "./close-task.tsx";
import { TaskFacts } from "./task-facts.tsx";
import { TaskItem } from "./task-item.tsx";
import { TaskTimeline } from "./task-timeline.tsx";

type Shown = Timed<TaskDetail> & { readonly may_close: boolean };

export function TaskPage({ id }: { readonly id: string }) {
  const task = useResource<Shown>(`/api/tasks/${encodeURIComponent(id)}`);
  const done = useSignal<string | null>(null);
  function closed(said: string): void {
    done.value = said;
    void task.load(true);
  }
  return (
    <article class="record" aria-label="Task">
      <button type="button" class="plain back always" onClick={() => history.back()}>
        <Icon name="back" /> Back
      </button>
      <LoadState
        of={task}
        what="the task"
        notKnown={
          <NotKnown title="No task with this id" list="/tasks" listName="All tasks">
            It is not in the store of this gateway: the address is not whole, the task ended too long ago to be kept, or
            it is one of a gateway with another store.
          </NotKnown>
        }
      >
        {(detail) => (
          <>
            <h1 class="summary">
              <Text>{detail.purpose}</Text>
            </h1>
            <Above tasks={detail.above} />
            {detail.state === "open" && detail.may_close ? <CloseTask task={detail} closed={closed} /> : null}
            <p role="status">{done.value}</p>
            <TaskFacts task={detail} />
            <Parts tasks={detail.parts} />
            <TaskTimeline key={detail.id} first={detail} />
          </>
        )}
      </LoadState>
    </article>
  );
}

function Above({ tasks: [parent] }: { readonly tasks: readonly LeaseView[] }) {
  if (parent === undefined) return null;
  return (
    <p>
      A part of{" "}
      <Link href={`/tasks/${encodeURIComponent(parent.id)}`}>
        <BriefText>{parent.purpose}</BriefText>
      </Link>
    </p>
  );
}

function Parts({ tasks }: { readonly tasks: readonly LeaseView[] }) {
  if (tasks.length === 0) return null;
  return (
    <Section title="Parts" aside="each is narrower, counts here too, and ends with this task">
      <ul class="items">
        {tasks.map((task) => (
          <TaskItem key={task.id} task={task} />
        ))}
      </ul>
    </Section>
  );
}
