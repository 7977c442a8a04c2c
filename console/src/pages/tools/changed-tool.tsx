import { useSignal } from "@preact/signals";
import { messageOf, post } from "../../api/client.ts";
import type { DefinitionChange } from "../../api/types.ts";
import { Problem } from "../../components/form";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Tone } from "../../components/tone";
import { warningsOf } from "../../text/warnings.ts";
import { type ChangeRow, ChangeTable } from "../approvals/change-table.tsx";
import { TextWarnings } from "../approvals/text-warnings";

interface Props {
  readonly change: DefinitionChange;
  readonly accepted: () => Promise<void>;
}

/** The pinned and the current definition of a tool, value by value. Accepting sends the digest of what is shown. */
export function ChangedTool({ change, accepted }: Props) {
  const { server, tool, digest, differences } = change;
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  async function accept(): Promise<void> {
    busy.value = true;
    try {
      await post("/api/tools/accept", { server, tool, digest });
      await accepted();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }
  const name = `${server}/${tool}`;
  const warnings = differences.flatMap(({ pointer, after }) =>
    typeof after === "string" ? warningsOf(after, pointer) : [],
  );
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone="deny">Not run</Tone>
        <ShortId id={digest} what="digest of the new definition" keep={5} />
      </div>
      <p class="item-title">
        <code class="break">
          <Text>{name}</Text>
        </code>
      </p>
      <TextWarnings warnings={warnings} />
      <ChangeTable what="Where" label={`What changed in ${name}`} rows={differences.map(rowOf)} />
      <div class="item-actions">
        <button type="button" disabled={busy.value} onClick={() => void accept()}>
          Accept the new definition
        </button>
        <Problem text={problem.value} />
      </div>
    </li>
  );
}

function rowOf({ pointer, before, after }: DefinitionChange["differences"][number]): ChangeRow {
  return { key: pointer, name: <Text>{pointer}</Text>, before, after };
}
