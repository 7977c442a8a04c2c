import type { ApprovalCard } from "../../api/types.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { JsonTree } from "../../parts/json-tree.tsx";
import { Section } from "../../parts/section.tsx";
import { Text } from "../../parts/text.tsx";
import { boundExtras } from "../../text/bound-extras.ts";

/** What is sent beside the arguments and may change what is done: in sight, since nobody approves what they do not see. */
export function AlsoBound({ binding }: { readonly binding: ApprovalCard["approval"]["binding"] }) {
  const extras = boundExtras(binding);
  if (extras === null) return null;
  return (
    <Section title="Sent beside the arguments">
      <Facts>
        <Fact name="Headers">{lines(extras.headers, ": ")}</Fact>
        <Fact name="Query">{lines(extras.query, "=")}</Fact>
        <Fact name="Beside">{extras.beside === null ? null : <JsonTree value={extras.beside} />}</Fact>
      </Facts>
    </Section>
  );
}

function lines(pairs: readonly (readonly [string, string])[], between: string) {
  if (pairs.length === 0) return null;
  return pairs.map(([name, value], index) => (
    <code key={index} class="break line">
      <Text>{`${name}${between}${value}`}</Text>
    </code>
  ));
}
