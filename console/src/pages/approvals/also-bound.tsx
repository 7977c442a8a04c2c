import type { ApprovalCard } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { JsonTree } from "../../components/json-tree";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { boundExtras } from "../../text/bound-extras.ts";

/** Headers and query parameters that may change what is executed. Always shown, since the approval covers them. */
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
