import { Link } from "wouter";
import type { SessionRow } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { briefly, Text } from "../../components/text";
import { Ago } from "../../components/time";
import { namedBy } from "../../text/session-words.ts";

/** One session in the list. */
export function SessionItem({ session }: { readonly session: SessionRow }) {
  const { ref, id, subject, trust, live, labels } = session;
  return (
    <li class={live === null ? "item settled" : "item"}>
      <div class="item-top">
        <Link
          href={`/sessions/${ref}`}
          class="session-name"
          aria-label={`Session ${briefly(id)} of ${briefly(subject)}`}
        >
          <code class="break">
            <Text>{id}</Text>
          </code>
        </Link>
        <span class="quiet">{live === null ? "no call in memory here" : <Ago at={live.last} />}</span>
      </div>
      <p class="item-title">
        <Text>{subject}</Text>
        <span class="quiet">, {namedBy[trust]}</span>
      </p>
      {live === null ? null : (
        <p>
          {live.calls.toLocaleString("en")} {live.calls === 1 ? "call" : "calls"}, the first <Ago at={live.since} />
        </p>
      )}
      <Chips of={labels.map(({ label }) => label)} name="Labels" />
    </li>
  );
}
