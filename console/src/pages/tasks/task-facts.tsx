import type { TaskDetail } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { Fact, Facts } from "../../components/facts";
import { Section } from "../../components/section";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { agentsText, leftOf, taskStates, usedOf } from "../../text/task-words.ts";

/** What the task gives, to whom, and how much of it is used. */
export function TaskFacts({ task }: { readonly task: TaskDetail }) {
  const [tone, word] = taskStates[task.state];
  return (
    <>
      <Section title="Task">
        <Facts>
          <Fact name="State">
            <Tone tone={tone}>{word}</Tone>
          </Fact>
          <Ended task={task} />
          <Fact name="Text">{task.text === null ? null : <Text>{task.text}</Text>}</Fact>
          <Fact name="Tools">
            <Chips of={task.tools} name="Tools" />
          </Fact>
          <Fact name="Targets">{task.targets === null ? "any" : <Chips of={task.targets} name="Targets" />}</Fact>
          <Fact name="Agents">
            <Text>{agentsText(task)}</Text>
          </Fact>
          <Fact name="For">{task.serves === null ? null : <Text>{task.serves}</Text>}</Fact>
          <Fact name="Opened by">
            <Text>{task.opened_by.id}</Text>, <Ago at={Date.parse(task.opened_at)} />
          </Fact>
          <Fact name="Task id">
            <ShortId id={task.id} what="task id" />
          </Fact>
        </Facts>
      </Section>
      <Section title="Limits" aside="parts of the task count too">
        <Facts>
          {usedOf(task).map(({ what, used, most }) => (
            <Fact key={what} name={capitalized(what)}>
              {most === null ? `${used} used, without a limit` : `${used} of ${most} used, ${leftOf(most, used)} left`}
            </Fact>
          ))}
          <Fact name="Time">
            {task.ended === null ? "ends " : "was to end "}
            <Ago at={Date.parse(task.ends_at)} />
          </Fact>
        </Facts>
      </Section>
    </>
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function Ended({ task: { ended } }: { readonly task: TaskDetail }) {
  if (ended === null) return null;
  return (
    <Fact name="Ended">
      by <Text>{ended.by}</Text>, <Ago at={Date.parse(ended.at)} />: <Text>{ended.reason}</Text>
    </Fact>
  );
}
