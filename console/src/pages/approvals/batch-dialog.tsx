import { useEffect, useRef } from "preact/hooks";
import type { ApprovalCard } from "../../api/types.ts";
import { Dialog } from "../../components/dialog";
import { Icon } from "../../components/icon";
import { StateTag } from "../../components/state-tag";
import { BriefText } from "../../components/text";
import { selected } from "../../state/selection.ts";
import { type BatchResult, useBatch } from "./use-batch.ts";

/** Lists every call before several are decided with one click. */
export function BatchDialog({ close }: { readonly close: () => void }) {
  // The selection when the dialog opened; a call that is decided elsewhere meanwhile is refused by the server and
  // reported.
  const cards = useRef(selected.value).current;
  const batch = useBatch(cards);
  const { results } = batch;
  const title = results.value === null ? `Decide ${cards.length} calls together` : "What became of them";
  return (
    <Dialog title={title} close={close}>
      <ul class="batch-list">
        {cards.map((card) => (
          <Line key={card.id} card={card} result={results.value?.find(({ id }) => id === card.id) ?? null} />
        ))}
      </ul>
      {results.value === null ? <Form batch={batch} count={cards.length} close={close} /> : <Done close={close} />}
    </Dialog>
  );
}

function Line({ card, result }: { readonly card: ApprovalCard; readonly result: BatchResult | null }) {
  return (
    <li>
      <BriefText>{card.summary}</BriefText>{" "}
      <span class="quiet">
        <code>
          <BriefText most={60}>{card.tool}</BriefText>
        </code>
        , <BriefText most={60}>{card.agent}</BriefText>
      </span>
      {result === null ? null : <Became result={result} />}
    </li>
  );
}

function Became({ result }: { readonly result: BatchResult }) {
  if (result.state !== null) return <StateTag state={result.state} />;
  return <p class="problem">Not decided: {result.detail}</p>;
}

interface FormProps {
  readonly batch: ReturnType<typeof useBatch>;
  readonly count: number;
  readonly close: () => void;
}

function Form({ batch, count, close }: FormProps) {
  const { reason, problem, busy, vote } = batch;
  return (
    <form onSubmit={(event) => event.preventDefault()} aria-label="Decide together">
      <label class="reason">
        <span>
          Reason for all <span class="quiet">(required to deny; shown to the agents)</span>
        </span>
        <textarea ref={reason} rows={1} maxLength={1000} aria-describedby="batch-problem" />
      </label>
      <p id="batch-problem" class="problem" role="alert">
        {problem.value}
      </p>
      <div class="vote-buttons">
        <button type="button" autofocus class="deny" disabled={busy.value} onClick={() => void vote("deny")}>
          <Icon name="deny" /> Deny {count}
        </button>
        <button type="button" class="approve" disabled={busy.value} onClick={() => void vote("approve")}>
          <Icon name="allow" /> Approve {count}, each once
        </button>
      </div>
      <button type="button" class="plain dialog-close" onClick={close}>
        Cancel
      </button>
    </form>
  );
}

function Done({ close }: { readonly close: () => void }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  return (
    <button type="button" ref={button} class="dialog-close" onClick={close}>
      Close
    </button>
  );
}
