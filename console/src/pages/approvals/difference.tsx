import type { ApprovalCard } from "../../api/types.ts";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { type Change, changes } from "../../text/json.ts";
import { wordOf } from "../../text/state-words.ts";
import { type ChangeRow, ChangeTable } from "./change-table.tsx";

/** Differences from the last call of the same tool by the same agent, value by value. */
export function Difference({ card }: { readonly card: ApprovalCard }) {
  const { previous } = card;
  const mine = card.approval.binding.arguments;
  if (previous === null || previous.arguments === null || mine === null) return null;
  const found = changes(previous.arguments, mine);
  const aside = (
    <>
      {wordOf(previous.state).toLowerCase()}, <Ago at={previous.created} />
    </>
  );
  return (
    <Section title="Against the last similar call" aside={aside}>
      {found.length === 0 ? (
        <p class="quiet">Exactly the same arguments.</p>
      ) : (
        <ChangeTable what="Argument" label="Differences" rows={found.map(rowOf)} />
      )}
    </Section>
  );
}

function rowOf({ pointer, before, after }: Change): ChangeRow {
  return { key: pointer, name: <Text>{pointer}</Text>, before, after };
}
