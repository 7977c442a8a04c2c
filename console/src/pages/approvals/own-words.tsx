import type { JsonObject } from "../../api/types.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { Section } from "../../parts/section.tsx";
import { Text } from "../../parts/text.tsx";
import { textAt } from "../../text/json.ts";

/** Task and purpose. Marked as what they are: claims, unless a verified token carries them. */
export function OwnWords({ context, task }: { readonly context: JsonObject; readonly task: string | null }) {
  const purpose = textAt(context, "purpose", "text");
  const intent = textAt(context, "stated_intent");
  const named = textAt(context, "task", "id") ?? textAt(context, "task") ?? task;
  if (purpose === null && intent === null && named === null) return null;
  const vouched = textAt(context, "purpose", "declared_by") === "token";
  return (
    <Section title="The agent's own words" aside="claims, not facts">
      <Facts>
        <Fact name="Task">{named === null ? null : <Text>{named}</Text>}</Fact>
        <Fact name="Purpose">
          {purpose === null ? null : (
            <>
              <q>
                <Text>{purpose}</Text>
              </q>{" "}
              <span class="quiet">{vouched ? "from its verified token" : "sent with the request"}</span>
            </>
          )}
        </Fact>
        <Fact name="Why, it says">
          {intent === null ? null : (
            <q>
              <Text>{intent}</Text>
            </q>
          )}
        </Fact>
      </Facts>
    </Section>
  );
}
