import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter";
import type { ApprovalRow } from "../../api/types.ts";
import { StateTag } from "../../components/state-tag";
import { BriefText } from "../../components/text";
import { Ago, Countdown } from "../../components/time";
import { session } from "../../state/session.ts";
import { elapsed } from "../../text/time.ts";
import { resolvedBy } from "./resolved-by.ts";
import { SelectBox } from "./select-box.tsx";

export function InboxRow({ row, chosen }: { readonly row: ApprovalRow; readonly chosen: boolean }) {
  const open = row.state === "held";
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li ref={line} class={open ? "row-line" : "row-line settled"}>
      {open ? <SelectBox row={row} /> : null}
      <Link href={`/approvals/${encodeURIComponent(row.id)}`} class="row" aria-current={chosen ? "true" : undefined}>
        <span class="row-top">
          <StateTag state={row.state} />
          <Clock row={row} />
        </span>
        <span class="row-summary">
          <BriefText>{row.summary}</BriefText>
        </span>
        <span class="row-foot quiet">
          <span>
            <BriefText most={60}>{row.agent}</BriefText>
            {row.acting_for === null ? null : (
              <>
                {" for "}
                <BriefText most={60}>{row.acting_for}</BriefText>
              </>
            )}
          </span>
          {open ? <OpenNotes row={row} /> : <ClosedNotes row={row} />}
        </span>
      </Link>
    </li>
  );
}

/** The time left, or the time of the decision. */
function Clock({ row: { state, approve_by, execute_by, resolved_at, created } }: { readonly row: ApprovalRow }) {
  if (state === "held") return <Countdown until={approve_by} />;
  if (state === "approved" && execute_by !== null) return <Countdown until={execute_by} />;
  return <Ago at={resolved_at ?? created} />;
}

/** Facts that distinguish waiting calls at a glance. */
function OpenNotes({ row }: { readonly row: ApprovalRow }) {
  const places = row.require.reduce((sum, { count }) => sum + count, 0);
  return (
    <span class="row-notes">
      {row.asked_again ? <span class="tone-hold">asked again</span> : null}
      {row.reversible === true ? null : (
        <span class="tone-deny">{row.reversible === false ? "cannot be undone" : "undo unknown"}</span>
      )}
      {places > 1 ? (
        <span>
          {places - row.places_left} of {places} approvals
        </span>
      ) : null}
      {row.claim === null ? null : (
        <span class="claimed">
          taken by {row.claim.by === session.value?.user ? "you" : <BriefText most={40}>{row.claim.by}</BriefText>}
        </span>
      )}
    </span>
  );
}

/** Who decided it, and how long that took. */
function ClosedNotes({ row }: { readonly row: ApprovalRow }) {
  const by = resolvedBy(row);
  const took = row.resolved_at === null ? null : elapsed(row.resolved_at - row.created);
  return (
    <span class="row-notes">
      {by === null ? null : (
        <span>
          by <BriefText most={60}>{by}</BriefText>
        </span>
      )}
      {took === null ? null : <span>after {took}</span>}
    </span>
  );
}
