import { useSignal } from "@preact/signals";
import { messageOf } from "../../api/client.ts";
import { Problem } from "../../components/form";
import { type Acceptable, acceptDefinition } from "./accept-definition.ts";

interface Props {
  /** All that are shown. */
  readonly items: readonly Acceptable[];
  readonly accepted: () => Promise<void>;
}

/** Below several definitions, the button that accepts exactly these, each by the digest of what is shown. */
export function AcceptAll({ items, accepted }: Props) {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  async function accept(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      for (const item of items) await acceptDefinition(item);
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    await accepted();
    busy.value = false;
  }
  if (items.length < 2 && problem.value === null) return null;
  return (
    <div class="item-actions">
      <button type="button" disabled={busy.value} onClick={() => void accept()}>
        Accept all {items.length} above
      </button>
      <Problem text={problem.value} />
    </div>
  );
}
