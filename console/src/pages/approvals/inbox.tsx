import { useLocation } from "wouter";
import { Failed, Loading } from "../../parts/notice.tsx";
import { arrivals, load, loadInbox, loadOlder, more, rows, showArrivals, type Tab, tab } from "../../state/inbox.ts";
import { BatchBar } from "./batch-bar.tsx";
import { InboxRow } from "./inbox-row.tsx";
import { Keys } from "./keys.tsx";

export function Inbox({ chosen }: { readonly chosen: string | null }) {
  return (
    <section class="inbox" aria-label="Held calls">
      <div class="tabs">
        <TabButton name="open">Waiting</TabButton>
        <TabButton name="closed">Decided</TabButton>
      </div>
      <div class={tab.value === "open" ? "inbox-list selecting" : "inbox-list"}>
        <div aria-live="polite">
          {arrivals.value.length === 0 ? null : (
            <button type="button" class="new-bar" onClick={showArrivals}>
              {arrivals.value.length} new — show
            </button>
          )}
        </div>
        <List chosen={chosen} />
      </div>
      <BatchBar />
      <Keys />
    </section>
  );
}

function TabButton({ name, children }: { readonly name: Tab; readonly children: string }) {
  const [, navigate] = useLocation();
  function open(): void {
    navigate("/approvals");
    void loadInbox(name);
  }
  return (
    <button type="button" class="tab" aria-pressed={tab.value === name} onClick={open}>
      {children}
    </button>
  );
}

function List({ chosen }: { readonly chosen: string | null }) {
  if (load.value.kind === "loading") return <Loading what="held calls" />;
  if (load.value.kind === "failed") return <Failed message={load.value.message} retry={() => void loadInbox()} />;
  if (rows.value.length === 0) {
    return (
      <p class="inbox-empty quiet">
        {tab.value === "open"
          ? "No call is waiting. New ones appear here by themselves."
          : "No call has been decided yet."}
      </p>
    );
  }
  return (
    <>
      <ul>
        {rows.value.map((row) => (
          <InboxRow key={row.id} row={row} chosen={row.id === chosen} />
        ))}
      </ul>
      {more.value ? (
        <button type="button" class="older" onClick={() => void loadOlder().catch(() => null)}>
          Show older
        </button>
      ) : null}
    </>
  );
}
