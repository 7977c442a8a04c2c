import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { Text } from "../../components/text";
import { listAt, textAt } from "../../text/json.ts";

/** Badges for the effects of the tool. */
export function Effects({ card }: { readonly card: ApprovalCard }) {
  const { context } = card.approval;
  const sink = textAt(context, "catalog", "sink");
  return (
    <ul class="chips" aria-label="Kind of effect">
      <li>
        <Reversible reversible={card.reversible} />
      </li>
      <li>
        <span
          class={`chip ${card.sensitivity === "high" ? "tone-deny" : card.sensitivity === "medium" ? "tone-hold" : "tone-none"}`}
        >
          {card.sensitivity === null ? "sensitivity unknown" : `${card.sensitivity} sensitivity`}
        </span>
      </li>
      {sink === null ? null : (
        <li>
          <span class={`chip ${sink === "external" ? "tone-hold" : "tone-none"}`}>
            <Text>{sink === "external" ? "leaves the company" : `stays ${sink}`}</Text>
          </span>
        </li>
      )}
      {listAt(context, "catalog", "labels").map((label) => (
        <li key={String(label)}>
          <span class="chip tone-none">
            <Text>{String(label)}</Text>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Reversible({ reversible }: { readonly reversible: boolean | null }) {
  if (reversible === true) return <span class="chip tone-allow">can be undone</span>;
  return (
    <span class="chip tone-deny">
      <Icon name="warn" /> {reversible === false ? "cannot be undone" : "not known whether it can be undone"}
    </span>
  );
}
