import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Link } from "wouter";
import { Icon } from "../../components/icon";
import { Failed, Loading, NotKnown } from "../../components/notice";
import type { ApprovalCard } from "../../api/types.ts";
import { Text } from "../../components/text";
import { arrivals } from "../../state/inbox.ts";
import { lateVote } from "../../text/late-vote.ts";
import { CardBody } from "./card-body.tsx";
import { useCard } from "./use-card.ts";
import { VoteBar } from "./vote-form.tsx";
import type { Choice } from "./use-vote.ts";

/** One held call with everything needed to decide; updates when it changes elsewhere. */
export function Card({ id }: { readonly id: string }) {
  const { card, problem, unknown, loadCard, changed } = useCard(id);
  const article = useRef<HTMLElement>(null);
  const late = useSignal<Choice | null>(null);
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
          <LateVote vote={late.value} card={card.value} />
          <CardBody card={card.value} changed={changed} />
          <VoteBar
            card={card.value}
            voted={changed}
            reload={() => void loadCard(true)}
            late={(vote) => (late.value = vote)}
          />
        </>
      )}
    </article>
  );
}

/** Stays on the card: the form in which the vote was cast is gone by then. */
function LateVote({ vote, card }: { readonly vote: Choice | null; readonly card: ApprovalCard }) {
  const place = useRef<HTMLDivElement>(null);
  const text = vote === null || card.state === "held" ? null : lateVote(vote, card);
  useEffect(() => {
    if (text !== null) place.current?.scrollIntoView({ block: "nearest" });
  }, [text]);
  return (
    <div class="late-vote" role="alert" ref={place}>
      {text === null ? null : (
        <p class="look-closely">
          <Icon name="warn" /> <Text>{text}</Text>
        </p>
      )}
    </div>
  );
}
