import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { get, isUnknown, messageOf } from "../../api/client.ts";
import type { ApprovalCard, ApprovalRow } from "../../api/types.ts";
import { subscribe } from "../../state/event-stream";
import { cardShown } from "../../state/selection.ts";

/** The stream may have stayed open, and may have nothing to tell, when a request failed. */
const askAgainMs = 3_000;

/** The card of one approval; follows the event stream, whatever the inbox lists. */
export function useCard(id: string) {
  const card = useSignal<ApprovalCard | null>(null);
  const problem = useSignal<string | null>(null);
  const unknown = useSignal(false);
  /** Answers may overtake each other: what was asked for before the newest answer counts no more. */
  const newest = useRef(0);
  const isLoading = useRef(false);
  /** The version that the event stream told last. */
  const told = useRef("");

  /** The answer to what this person did; it may be older than what the event stream told meanwhile. */
  function changed(after: ApprovalCard): void {
    newest.current += 1;
    isLoading.current = false;
    card.value = after;
    if (told.current !== "" && told.current !== versionOf(after)) void loadCard(true);
  }

  async function loadCard(passive: boolean): Promise<void> {
    const asked = ++newest.current;
    isLoading.current = true;
    try {
      const loaded = await get<ApprovalCard>(`/api/approvals/${encodeURIComponent(id)}`, { passive });
      if (asked !== newest.current) return;
      isLoading.current = false;
      card.value = loaded;
      cardShown(loaded);
      problem.value = null;
    } catch (thrown) {
      if (asked !== newest.current) return;
      isLoading.current = false;
      problem.value = messageOf(thrown);
      unknown.value = isUnknown(thrown);
    }
  }

  function follow(row: ApprovalRow): void {
    if (row.id !== id) return;
    told.current = versionOf(row);
    // What is loading now may be older than this change.
    const isShown = !isLoading.current && card.value !== null && versionOf(card.value) === told.current;
    if (!isShown) void loadCard(true);
  }
  useEffect(() => {
    void loadCard(false);
    // What changed before the stream opened is not in it.
    return subscribe(follow, () => void loadCard(true));
  }, []);

  const isFailed = problem.value !== null && !unknown.value;
  useEffect(() => {
    if (!isFailed) return;
    const timer = setInterval(() => {
      if (!isLoading.current) void loadCard(true);
    }, askAgainMs);
    return () => clearInterval(timer);
  }, [isFailed]);

  return { card, problem, unknown, loadCard, changed };
}

/** Changes whenever another person changes the approval. */
function versionOf({ state, votes, approve_by, claim }: ApprovalRow): string {
  return JSON.stringify([state, votes.length, approve_by, claim]);
}
