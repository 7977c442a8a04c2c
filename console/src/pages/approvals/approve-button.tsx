import type { ApprovalCard, GrantScope } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";
import { now } from "../../state/clock.ts";
import type { Viewed } from "./use-viewing.ts";

interface Props {
  readonly card: ApprovalCard;
  readonly wish: GrantScope | null;
  readonly viewed: Viewed;
  readonly busy: boolean;
  readonly approve: () => void;
}

/**
 * What cannot be undone can be approved only after its card was visible for a moment; the button counts it down. It can be focused
 * meanwhile, so that the keyboard finds it where it always is.
 */
export function ApproveButton({ card, wish, viewed, busy, approve }: Props) {
  const seen = viewed.ms + (viewed.since === null ? 0 : now.value - viewed.since);
  const seconds = Math.ceil((card.review_ms - seen) / 1000);
  const early = seconds > 0;
  return (
    <button
      type="button"
      id="approve"
      class="approve"
      aria-disabled={early || busy}
      onClick={() => (early || busy ? undefined : approve())}
    >
      <Icon name={early ? "clock" : "allow"} /> {early ? `Read first: ${seconds} s` : labelOf(wish)}
    </button>
  );
}

function labelOf(wish: GrantScope | null): string {
  return wish === null ? "Approve once" : `Approve ${wish.uses} calls`;
}
