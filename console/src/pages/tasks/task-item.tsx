import { Link } from "wouter";
import type { LeaseView } from "../../api/types.ts";
import { briefly, BriefText, Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { agentsText, taskStates, usedText } from "../../text/task-words.ts";

interface Props {
  readonly task: LeaseView;
  /** Where it would not be seen that this is a part of another. */
  readonly tellsPart?: boolean;
}

/** One task in a list. */
export function TaskItem({ task, tellsPart = false }: Props) {
  const [tone, word] = taskStates[task.state];
  return (
    <li class={task.state === "open" ? "item" : "item settled"}>
      <div class="item-top">
        <Tone tone={tone}>{word}</Tone>
        <span class="quiet">
          {task.ended === null ? "ends " : "ended "}
          <Ago at={Date.parse(task.ended?.at ?? task.ends_at)} />
        </span>
      </div>
      <p class="item-title">
        <Link href={`/tasks/${encodeURIComponent(task.id)}`} aria-label={`Task: ${briefly(task.purpose)}`}>
          <BriefText>{task.purpose}</BriefText>
        </Link>
      </p>
      <p class="quiet">
        <Text>{agentsText(task)}</Text>: {usedText(task)}
        {tellsPart && task.parent !== null ? "; a part of another task" : ""}
      </p>
    </li>
  );
}
