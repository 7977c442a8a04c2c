import { Link } from "wouter";
import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";
import { Text } from "../../parts/text.tsx";
import { linesOf, meaningOfChange, nameOfChange } from "../../text/change-words.ts";
import { ChangeTable } from "./change-table.tsx";

/** Asked again: what is different from what people were asked before, above everything else. */
export function WhatChanged({ card }: { readonly card: ApprovalCard }) {
  const { replaces } = card.approval;
  if (replaces === null) return null;
  return (
    <section class="what-changed" aria-label="What changed">
      <h3>
        <Icon name="warn" /> Asked again: something changed since{" "}
        <Link href={`/approvals/${encodeURIComponent(replaces.id)}`}>the first time</Link>
      </h3>
      {replaces.changes.length === 0 ? <p>What changed was not recorded; read all of it anew.</p> : null}
      {replaces.changes.map((change, index) => (
        <div key={index} class="changed">
          <p>
            <strong>
              <Text>{nameOfChange(change.what)}</Text>
            </strong>{" "}
            {meaningOfChange(change.what)}
          </p>
          <ChangeTable what="" label={`Change of ${nameOfChange(change.what)}`} found={linesOf(change)} />
        </div>
      ))}
    </section>
  );
}
