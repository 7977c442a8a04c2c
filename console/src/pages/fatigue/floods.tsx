import type { FatigueReport } from "../../api/types.ts";
import { Section } from "../../parts/section.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago } from "../../parts/time.tsx";
import { counted } from "../../text/numbers.ts";

/** Agents that asked for more at once than people can answer; what was above their cap was refused. */
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
