import { useSignal } from "@preact/signals";
import type { PasskeyRow } from "../../api/types.ts";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";

interface Props {
  readonly item: PasskeyRow;
  readonly busy: boolean;
  readonly remove: () => void;
}

export function PasskeyItem({ item, busy, remove }: Props) {
  const sure = useSignal(false);
  return (
    <li>
      <div>
        <strong>
          <Text>{item.label}</Text>
        </strong>
        <p class="quiet small">
          Added <Ago at={item.created_at} />,{" "}
          {item.used_at === null ? (
            "not used yet"
          ) : (
            <>
              last used <Ago at={item.used_at} />
            </>
          )}
          {item.synced ? "; may be on several devices" : ""}
        </p>
      </div>
      {sure.value ? (
        <div class="prove-buttons">
          <button type="button" onClick={() => (sure.value = false)}>
            Keep
          </button>
          <button type="button" class="deny" disabled={busy} onClick={remove}>
            Remove for good
          </button>
        </div>
      ) : (
        <button type="button" aria-label={`Remove ${item.label}`} onClick={() => (sure.value = true)}>
          Remove
        </button>
      )}
    </li>
  );
}
