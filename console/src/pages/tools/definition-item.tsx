import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { messageOf } from "../../api/client.ts";
import { Problem } from "../../components/form";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { definitionWords } from "../../text/definition-words.ts";
import { type Acceptable, acceptDefinition } from "./accept-definition.ts";

interface Props {
  readonly item: Acceptable;
  readonly state: ComponentChildren;
  /** As the button names it. */
  readonly what: string;
  readonly accepted: () => Promise<void>;
  readonly children: ComponentChildren;
}

/** What is shown of a definition, and the button that accepts exactly this. */
export function DefinitionItem({ item, state, what, accepted, children }: Props) {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  async function accept(): Promise<void> {
    busy.value = true;
    try {
      await acceptDefinition(item);
      await accepted();
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }
  return (
    <li class="item">
      <div class="item-top">
        {state}
        <ShortId id={item.digest} what={`digest of ${what}`} keep={5} />
      </div>
      <p class="item-title">
        <code class="break">
          <Text>{definitionWords(item)}</Text>
        </code>
      </p>
      {children}
      <div class="item-actions">
        <button type="button" disabled={busy.value} onClick={() => void accept()}>
          Accept {what}
        </button>
        <Problem text={problem.value} />
      </div>
    </li>
  );
}
