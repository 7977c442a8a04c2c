import { useEffect } from "preact/hooks";
import { useLocation } from "wouter";
import { Empty } from "../../components/notice";
import { filter, load, rows, type Tab, tab } from "../../state/inbox.ts";
import { Card } from "./card.tsx";
import { Inbox } from "./inbox.tsx";
import { useShortcuts } from "./use-shortcuts.ts";

const wide = matchMedia("(min-width: 900px)");

/** The inbox, and beside it (on a phone: instead of it) the chosen call. */
export function ApprovalsPage({ id }: { readonly id: string | null }) {
  const [, navigate] = useLocation();
  useShortcuts(id);
  const first = load.value.kind === "ready" ? (rows.value[0]?.id ?? null) : null;
  useEffect(() => {
    if (id === null && first !== null && wide.matches)
      navigate(`/approvals/${encodeURIComponent(first)}`, { replace: true });
  }, [id, first]);

  return (
    <div class={id === null ? "approvals" : "approvals chosen"}>
      <h1 class="visually-hidden">Approvals</h1>
      <Inbox chosen={id} />
      <div class="card-place">{id === null ? <Placeholder /> : <Card key={id} id={id} />}</div>
    </div>
  );
}

function Placeholder() {
  if (load.value.kind !== "ready") return null;
  if (rows.value.length > 0) return <Empty title="No call chosen">Choose one from the list, or press J.</Empty>;
  if (filter.value !== "") return <Empty title="Nothing has this text">Clear the filter to see all calls.</Empty>;
  const { title, text } = nothing[tab.value];
  return <Empty title={title}>{text}</Empty>;
}

const nothing: Readonly<Record<Tab, { readonly title: string; readonly text: string }>> = {
  held: {
    title: "Nothing waits for you",
    text: `When policy holds a call, it appears here at once with everything needed to decide. Send one that a rule holds;
      the demo's agent makes one: a refund below the ceiling.`,
  },
  approved: {
    title: "Nothing is left to run",
    text: "Calls that were approved stay here until their agent comes back for them or their time is up.",
  },
  closed: {
    title: "Nothing decided yet",
    text: "Calls that ran, were denied or ran out of time are kept here, with who decided and when.",
  },
};
