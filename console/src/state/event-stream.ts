import { signal } from "@preact/signals";
import { get } from "../api/client.ts";
import type { ApprovalRow, PolicyStatus } from "../api/types.ts";
import { serverTime } from "./clock.ts";
import { lookForFindings } from "./findings.ts";
import { sessionOver } from "./session.ts";

export const connection = signal<"connecting" | "live" | "lost">("connecting");
export const policyStatus = signal<PolicyStatus | null>(null);

type Listener = (row: ApprovalRow) => void;
const onApproval = new Set<Listener>();
const onOpen = new Set<() => void>();

/**
 * @param approval called for each change of an approval
 * @param opened called each time the stream opens: what changed before it did is not in it
 * @returns how to stop
 */
export function subscribe(approval: Listener, opened: () => void): () => void {
  onApproval.add(approval);
  onOpen.add(opened);
  return () => {
    onApproval.delete(approval);
    onOpen.delete(opened);
  };
}

/** Opens the event stream; the browser reconnects it. Returns how to close it. */
export function openEventStream(): () => void {
  const source = new EventSource("/api/events");
  connection.value = "connecting";
  source.addEventListener("hello", (event) => {
    serverTime((JSON.parse(event.data) as { now: number }).now);
    connection.value = "live";
    for (const listener of onOpen) listener();
    // It may have become ready.
    lookForFindings();
  });
  source.addEventListener("approval", (event) => {
    const row = JSON.parse(event.data) as ApprovalRow & { now: number };
    serverTime(row.now);
    for (const listener of onApproval) listener(row);
  });
  source.addEventListener("policy", (event) => {
    policyStatus.value = JSON.parse(event.data) as PolicyStatus;
  });
  source.addEventListener("ended", sessionOver);
  source.onerror = () => {
    connection.value = "lost";
    // It may answer, and say that it is not ready.
    lookForFindings();
    if (source.readyState !== EventSource.CLOSED) return;
    // The browser does not reconnect after an error status, and does not tell which it was: the session may be over. Timers of a hidden page are slow.
    void get("/api/session", { passive: true }).catch(() => undefined);
    setTimeout(refused, 1_000);
  };
  let reopened: (() => void) | null = null;
  function refused(): void {
    if (connection.value === "lost") reopened = openEventStream();
  }
  return () => {
    connection.value = "connecting";
    source.close();
    reopened?.();
  };
}
