import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter";
import { get, messageOf } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";
import { Failed, Loading } from "../../parts/notice.tsx";
import { rows } from "../../state/inbox.ts";
import { CardBody } from "./card-body.tsx";
import { VoteBar } from "./vote-form.tsx";

/** One held call with everything needed to decide; follows what happens to it elsewhere. */
export function Card({ id }: { readonly id: string }) {
  const card = useSignal<ApprovalCard | null>(null);
  const problem = useSignal<string | null>(null);
  const article = useRef<HTMLElement>(null);

  async function loadCard(passive: boolean): Promise<void> {
    try {
      card.value = await get<ApprovalCard>(`/api/approvals/${encodeURIComponent(id)}`, { passive });
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  const row = rows.value.find((known) => known.id === id);
  const version = row === undefined ? "" : `${row.state} ${row.votes.length}`;
  useEffect(() => {
    const known = card.value;
    if (known === null) void loadCard(false);
    else if (version !== "" && version !== `${known.state} ${known.votes.length}`) void loadCard(true);
  }, [version]);

  // The form goes when the call is decided; focus must not fall off the page with it.
  const state = card.value?.state;
  useEffect(() => {
    if (state !== undefined && document.activeElement === document.body)
      article.current?.focus({ preventScroll: true });
  }, [state]);

  return (
    <article class="card" aria-label="Held call" tabIndex={-1} ref={article}>
      <Link href="/approvals" class="back">
        <Icon name="back" /> All calls
      </Link>
      {problem.value === null ? null : <Failed message={problem.value} retry={() => void loadCard(false)} />}
      {card.value === null && problem.value === null ? <Loading what="the call" /> : null}
      {card.value === null ? null : (
        <>
          <CardBody card={card.value} />
          <VoteBar card={card.value} voted={(after) => (card.value = after)} reload={() => void loadCard(true)} />
        </>
      )}
    </article>
  );
}
