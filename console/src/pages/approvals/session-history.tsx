import type { JsonObject } from "../../api/types.ts";
import { Chips } from "../../components/chips";
import { Section } from "../../components/section";
import { ShortId } from "../../components/short-id";
import { StateTag } from "../../components/state-tag";
import { Text } from "../../components/text";
import { exact } from "../../text/time.ts";
import { duration } from "../../text/time.ts";
import { at, listAt, textAt } from "../../text/json.ts";

/** Earlier calls of the same session, newest first, and the labels of the session. */
export function SessionHistory({ context, held }: { readonly context: JsonObject; readonly held: number }) {
  const id = textAt(context, "session", "id");
  const labels = listAt(context, "session", "labels").map(String);
  const history = listAt(context, "session", "history");
  if (id === null && history.length === 0 && labels.length === 0) return null;
  return (
    <Section title="Session so far" aside={id === null ? undefined : <ShortId id={id} what="session id" />}>
      <Chips of={labels} name="Labels of the session" />
      {history.length === 0 ? (
        <p class="quiet">The gateway that held this call knew of no earlier call of the session.</p>
      ) : null}
      <ol class="history">
        {history.map((entry, index) => {
          const ago = Number(at(entry, "ago") ?? 0);
          return (
            <li key={index}>
              <time title={exact(held - ago * 1000)}>{duration(ago)} before</time>
              <code>
                <Text>{textAt(entry, "tool") ?? "unknown tool"}</Text>
              </code>
              <StateTag state={textAt(entry, "effect") ?? "unknown"} />
              <span class="quiet">
                <Text>{listAt(entry, "labels").map(String).join(", ")}</Text>
              </span>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
