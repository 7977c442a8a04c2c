import type { JsonObject } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { at, textAt } from "../../text/json.ts";

/** Task and purpose, marked as unverified claims unless a verified token carries them. */
export function DeclaredIntent({ context, task }: { readonly context: JsonObject; readonly task: string | null }) {
  const purpose = textAt(context, "purpose", "text");
  const intent = textAt(context, "stated_intent");
  const named = textAt(context, "task", "id") ?? textAt(context, "task") ?? task;
  if (purpose === null && intent === null && named === null) return null;
  const from =
    textAt(context, "purpose", "declared_by") === "token" ? "from its verified token" : "sent with the request";
  const cut = at(context, "purpose", "truncated") === true ? ", cut because it is too long" : "";
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
              <span class="quiet">{from + cut}</span>
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
