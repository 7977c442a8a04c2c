import type { ApprovalCard, GrantScope } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { now } from "../../state/clock.ts";
import { secondsToRead, type Viewed } from "../../text/time.ts";

interface Props {
  readonly card: ApprovalCard;
  readonly chosenScope: GrantScope | null;
  readonly viewed: Viewed;
  readonly busy: boolean;
  readonly approve: () => void;
}

/**
 * A call that cannot be undone can be approved only after its card was visible for a minimum time, which the button
 * counts down. The button stays focusable meanwhile.
 */
export function ApproveButton({ card, chosenScope, viewed, busy, approve }: Props) {
  const seconds = secondsToRead(card.review_ms, viewed, now.value);
  const early = seconds > 0;
  return (
    <button
      type="button"
      id="approve"
      class="approve"
      aria-disabled={early || busy}
      onClick={() => (early || busy ? undefined : approve())}
    >
      <Icon name={early ? "clock" : "allow"} /> {early ? `Read first: ${seconds} s` : labelOf(chosenScope)}
    </button>
  );
}

function labelOf(chosenScope: GrantScope | null): string {
  return chosenScope === null ? "Approve once" : `Approve ${chosenScope.uses} calls`;
}
