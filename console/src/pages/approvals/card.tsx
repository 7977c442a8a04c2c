import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter";
import { Icon } from "../../components/icon";
import { Failed, Loading, NotKnown } from "../../components/notice";
import { arrivals } from "../../state/inbox.ts";
import { CardBody } from "./card-body.tsx";
import { useCard } from "./use-card.ts";
import { VoteBar } from "./vote-form.tsx";

/** One held call with everything needed to decide; updates when it changes elsewhere. */
export function Card({ id }: { readonly id: string }) {
  const { card, problem, unknown, loadCard, changed } = useCard(id);
  const article = useRef<HTMLElement>(null);
  const state = card.value?.state;
  // The form disappears when the call is decided; the focus moves to the card.
  useEffect(() => {
    if (state !== undefined && document.activeElement === document.body)
      article.current?.focus({ preventScroll: true });
  }, [state]);

  return (
    <article class="card" aria-label="Held call" tabIndex={-1} ref={article}>
      <Link href="/approvals" class="back">
        <Icon name="back" /> All calls{arrivals.value.length === 0 ? "" : ` · ${arrivals.value.length} new`}
      </Link>
      {problem.value === null ? null : unknown.value ? (
        <NotKnown title="No call with this id" list="/approvals" listName="All calls">
          It is not in the store of this gateway: the address is not whole, or it is one of a gateway with another
          store.
        </NotKnown>
      ) : (
        <Failed message={problem.value} retry={() => void loadCard(false)} />
      )}
      {card.value === null && problem.value === null ? <Loading what="the call" /> : null}
      {card.value === null ? null : (
        <>
          <CardBody card={card.value} changed={changed} />
          <VoteBar card={card.value} voted={changed} reload={() => void loadCard(true)} />
        </>
      )}
    </article>
  );
}
