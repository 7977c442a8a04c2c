import { Link } from "wouter";
import type { ApprovalCard, Change } from "../../api/types.ts";
import { Icon } from "../../components/icon";
import { Text } from "../../components/text";
import { linesOf, meaningOfChange, nameOfChange } from "../../text/change-words.ts";
import { type ChangeRow, ChangeTable } from "./change-table.tsx";

/** For a call that is held again: the differences from the earlier approval. */
export function ChangesSince({ card }: { readonly card: ApprovalCard }) {
  const { replaces } = card.approval;
  if (replaces === null) return null;
  return (
    <section class="what-changed" aria-label="What changed">
      <h3>
        <Icon name="warn" /> Asked again: something changed since{" "}
        <Link href={`/approvals/${encodeURIComponent(replaces.id)}`}>the first time</Link>
      </h3>
      {replaces.changes.length === 0 ? (
        <p>What changed was not recorded; read all of it anew.</p>
      ) : (
        <ChangeTable what="What" label="What changed" rows={replaces.changes.flatMap(rowsOf)} />
      )}
    </section>
  );
}

function rowsOf(change: Change, index: number): ChangeRow[] {
  return linesOf(change).map(({ pointer, before, after }, line) => ({
    key: `${index} ${pointer}`,
    name: <Name what={change.what} pointer={pointer} first={line === 0} />,
    before,
    after,
  }));
}

/** Name of a change; its first line explains what it may mean. */
function Name({ what, pointer, first }: { readonly what: string; readonly pointer: string; readonly first: boolean }) {
  return (
    <>
      <span class={first ? "change-name" : "visually-hidden"}>
        <Text>{nameOfChange(what)}</Text>
      </span>
      {pointer === "" ? null : (
        <code class="line">
          <Text>{pointer}</Text>
        </code>
      )}
      {first ? <span class="line quiet small">{meaningOfChange(what)}</span> : null}
    </>
  );
}
