import { useLocation } from "wouter";
import { Failed, Loading } from "../../components/notice";
import {
  arrivals,
  counts,
  filter,
  load,
  loadInbox,
  loadMore,
  more,
  rows,
  showArrivals,
  type Tab,
  tab,
} from "../../state/inbox.ts";
import { BatchBar } from "./batch-bar.tsx";
import { InboxFilter } from "./inbox-filter.tsx";
import { InboxRow } from "./inbox-row.tsx";
import { Keys } from "./keys.tsx";

export function Inbox({ chosen }: { readonly chosen: string | null }) {
  return (
    <section class="inbox" aria-label="Held calls">
      <div class="tabs">
        <TabButton name="held">Waiting</TabButton>
        <TabButton name="approved">Not run yet</TabButton>
        <TabButton name="closed">Decided</TabButton>
      </div>
      <InboxFilter />
      <div class={tab.value === "held" ? "inbox-list selecting" : "inbox-list"}>
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
      <Count of={name} />
    </button>
  );
}

function Count({ of }: { readonly of: Tab }) {
  const count = of === "closed" ? 0 : (counts.value?.[of] ?? 0);
  return count === 0 ? null : <span class="tab-count"> {count.toLocaleString("en")}</span>;
}

const empty: Readonly<Record<Tab, string>> = {
  held: "No call is waiting. New ones appear here by themselves.",
  approved: "Every approved call has run, or its time is up.",
  closed: "No call has been decided yet.",
};

function List({ chosen }: { readonly chosen: string | null }) {
  if (load.value.kind === "loading") return <Loading what="held calls" />;
  if (load.value.kind === "failed") return <Failed message={load.value.message} retry={() => void loadInbox()} />;
  if (rows.value.length === 0) {
    return <p class="inbox-empty quiet">{filter.value === "" ? empty[tab.value] : "No call here has this text."}</p>;
  }
  return (
    <>
      <ul>
        {rows.value.map((row) => (
          <InboxRow key={row.id} row={row} chosen={row.id === chosen} />
        ))}
      </ul>
      {more.value ? (
        <button type="button" class="older" onClick={() => void loadMore().catch(() => null)}>
          {tab.value === "closed" ? "Show older" : "Show more"}
        </button>
      ) : null}
    </>
  );
}
