import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter";
import type { ApprovalRow } from "../../api/types.ts";
import { StateTag } from "../../parts/state-tag.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago, Countdown } from "../../parts/time.tsx";
import { resolvedBy } from "./resolved-by.ts";

export function InboxRow({ row, chosen }: { readonly row: ApprovalRow; readonly chosen: boolean }) {
  const open = row.state === "held";
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (chosen) line.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <li ref={line}>
      <Link
        href={`/approvals/${encodeURIComponent(row.id)}`}
        class={open ? "row" : "row settled"}
        aria-current={chosen ? "true" : undefined}
      >
        <span class="row-top">
          <StateTag state={row.state} />
          {open ? <Countdown until={row.approve_by} /> : <Ago at={row.resolved_at ?? row.created} />}
        </span>
        <span class="row-summary">
          <Text>{row.summary}</Text>
        </span>
        <span class="row-foot quiet">
          <span>
            <Text>{row.agent}</Text>
            {row.acting_for === null ? null : (
              <>
                {" for "}
                <Text>{row.acting_for}</Text>
              </>
            )}
          </span>
          {open || resolvedBy(row) === null ? null : <span>by {resolvedBy(row)}</span>}
          {row.reversible === false ? <span class="chip tone-deny">cannot be undone</span> : null}
        </span>
      </Link>
    </li>
  );
}
