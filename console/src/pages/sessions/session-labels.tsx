import type { SessionRow } from "../../api/types.ts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";

/** What policy reads as the labels of the session; nothing that its agent does takes one away. */
export function SessionLabels({ labels }: Pick<SessionRow, "labels">) {
  const ofCaller = labels.some(({ of }) => of === "caller");
  return (
    <Section title="Labels" aside={ofCaller ? "of the agent: whatever it calls its session, it keeps them" : undefined}>
      {labels.length === 0 ? (
        <p class="quiet">None. A label is set when a call touches something that the catalog marks.</p>
      ) : (
        <ul class="session-labels">
          {labels.map(({ label, since, ends }) => (
            <li key={label}>
              <span class="chip tone-hold">
                <Text>{label}</Text>
              </span>
              <span class="quiet">
                since <Ago at={since} />, ends <Ago at={ends} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
