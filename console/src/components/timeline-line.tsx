import type { ComponentChildren } from "preact";
import { Link } from "wouter";
import type { DecisionRow } from "../api/types.ts";
import { StateTag } from "./state-tag";
import { briefly, Text } from "./text";
import { Ago } from "./time";

interface Props {
  readonly row: Pick<DecisionRow, "decision_id" | "timestamp" | "effect">;
  readonly what: string;
  /** Stands beside the effect. */
  readonly aside: ComponentChildren;
  readonly children: ComponentChildren;
}

/** One record of the decision log in a list: when, with a link to the record, what, and what was decided. */
export function TimelineLine({ row, what, aside, children }: Props) {
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
        {aside}
      </div>
      {children}
    </li>
  );
}
