import { useSignal } from "@preact/signals";
import { get } from "../../api/client.ts";
import type { LeaseView, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { ShowOlder } from "../../components/show-older";
import { Toggle } from "../../components/toggle";
import { useOlder } from "../../state/use-older.ts";
import { useResource } from "../../state/use-resource.ts";
import { OpenTask } from "./open-task.tsx";
import { TaskItem } from "./task-item.tsx";

type State = "open" | "ended" | "all";

interface Listed extends Timed<{ readonly items: readonly LeaseView[] }> {
  readonly next: string | null;
  readonly may_open: boolean;
}

/** Tasks: access that is opened for a purpose, within limits, and that ends with it. */
export function TasksPage() {
  const state = useSignal<State>("open");
  const tasks = useResource<Listed>(`/api/tasks?state=${state.value}`);
  return (
    <div class="page">
      <h1>Tasks</h1>
      <p class="lead quiet">
        A task is access for a purpose: which tools, on what, for whom, how often and how long. It ends with the work.
      </p>
      {tasks.data.value?.may_open === true ? <OpenTask /> : null}
      <Toggle
        label="Which tasks"
        options={[
          ["open", "Open"],
          ["ended", "Ended"],
          ["all", "All"],
        ]}
        chosen={state.value}
        choose={(next) => (state.value = next)}
      />
      <LoadState of={tasks} what="tasks">
        {(listed) =>
          listed.items.length === 0 ? (
            <NoTasks state={state.value} mayOpen={listed.may_open} />
          ) : (
            <Items first={listed} state={state.value} />
          )
        }
      </LoadState>
    </div>
  );
}

function Items({ first, state }: { readonly first: Listed; readonly state: State }) {
  const older = useOlder(first, { rows: first.items, next: first.next }, async (after) => {
    const { items, next } = await get<Listed>(`/api/tasks?state=${state}&after=${encodeURIComponent(after)}`);
    return { rows: items, next };
  });
  return (
    <>
      <ul class="items">
        {older.rows.map((task) => (
          <TaskItem key={task.id} task={task} tellsPart />
        ))}
      </ul>
      <ShowOlder of={older} />
    </>
  );
}

/** Says how there comes to be one. */
function NoTasks({ state, mayOpen }: { readonly state: State; readonly mayOpen: boolean }) {
  if (state === "ended") return <Empty title="No task has ended lately">Tasks stay here for thirty days.</Empty>;
  return (
    <Empty title={state === "open" ? "No task is open" : "No task was opened lately"}>
      {mayOpen
        ? "Open one with the button above, or with "
        : "People with a role that the configuration lists under “tasks.roles” open them here, or with "}
      <code class="break">
        sallyport tasks open --purpose "Refund order 881" --tool "payments/*" --agent refund-bot
      </code>
      . Orchestrators that the configuration lists under “tasks.clients” open them with <code>POST /tasks</code>.
    </Empty>
  );
}
