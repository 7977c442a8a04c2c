import type { VoteMeasure } from "../../api/types.ts";
import { percent } from "../../text/numbers.ts";

/** The share of approvals as a number and a bar. */
export function RateBar({ measure }: { readonly measure: VoteMeasure }) {
  const { approved, denied, approval_rate: rate } = measure;
  return (
    <span class="rate">
      <span>
        {percent(rate)} <span class="quiet">{`(${approved} of ${approved + denied})`}</span>
      </span>
      <svg class="drawing" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="bar-deny" x={0} y={0} width={100} height={6} />
        <rect class="bar-allow" x={0} y={0} width={100 * (rate ?? 0)} height={6} />
      </svg>
    </span>
  );
}
