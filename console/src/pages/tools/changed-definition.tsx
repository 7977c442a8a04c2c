import type { DefinitionChange } from "../../api/types.ts";
import { Text } from "../../components/text";
import { Tone } from "../../components/tone";
import { definitionWords } from "../../text/definition-words.ts";
import { warningsOf } from "../../text/warnings.ts";
import { type ChangeRow, ChangeTable } from "../approvals/change-table.tsx";
import { TextWarnings } from "../approvals/text-warnings";
import { DefinitionItem } from "./definition-item";

interface Props {
  readonly change: DefinitionChange;
  readonly accepted: () => Promise<void>;
}

/** The pinned and the current definition, value by value. */
export function ChangedDefinition({ change, accepted }: Props) {
  const { differences } = change;
  const warnings = differences.flatMap(({ pointer, after }) =>
    typeof after === "string" ? warningsOf(after, pointer) : [],
  );
  return (
    <DefinitionItem
      item={change}
      state={<Tone tone="deny">{change.kind === "tool" ? "Not run" : "Not read"}</Tone>}
      what="the new definition"
      accepted={accepted}
    >
      <TextWarnings warnings={warnings} />
      <ChangeTable what="Where" label={`What changed in ${definitionWords(change)}`} rows={differences.map(rowOf)} />
    </DefinitionItem>
  );
}

function rowOf({ pointer, before, after }: DefinitionChange["differences"][number]): ChangeRow {
  return { key: pointer, name: <Text>{pointer}</Text>, before, after };
}
