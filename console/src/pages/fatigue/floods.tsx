import type { FatigueReport } from "../../api/types.ts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { counted } from "../../text/numbers.ts";

/** Agents that reached their cap of open calls; calls above it were refused. */
export function Floods({ report: { floods } }: { readonly report: FatigueReport }) {
  if (floods.length === 0) return null;
  return (
    <Section title="Floods" aside="calls refused above an agent's cap">
      <ul class="items">
        {floods.map(({ agent, times, last }) => (
          <li key={agent} class="item item-top">
            <code class="break">
              <Text>{agent}</Text>
            </code>
            <span>
              {counted(times, "call")}, last <Ago at={last} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
