import { signal } from "@preact/signals";
import type { ApprovalRow, PolicyStatus } from "../api/types.ts";
import { serverTime } from "./clock.ts";
import { signedOut } from "./session.ts";

export const connection = signal<"connecting" | "live" | "lost">("connecting");
export const policyStatus = signal<PolicyStatus | null>(null);

type Listener = (row: ApprovalRow) => void;
const onApproval = new Set<Listener>();
const onReconnect = new Set<() => void>();

/** Called for each change of an approval, and after each gap in the stream; returns how to stop. */
export function follow(approval: Listener, reconnected: () => void): () => void {
  onApproval.add(approval);
  onReconnect.add(reconnected);
  return () => {
    onApproval.delete(approval);
    onReconnect.delete(reconnected);
  };
}

/** Opens the event stream; the browser reconnects it. Returns how to close it. */
export function goLive(): () => void {
  const source = new EventSource("/api/events");
  let before = false;
  connection.value = "connecting";
  source.addEventListener("hello", (event) => {
    serverTime((JSON.parse(event.data) as { now: number }).now);
    connection.value = "live";
    if (before) for (const listener of onReconnect) listener();
    before = true;
  });
  source.addEventListener("approval", (event) => {
    const row = JSON.parse(event.data) as ApprovalRow & { now: number };
    serverTime(row.now);
    for (const listener of onApproval) listener(row);
  });
  source.addEventListener("policy", (event) => {
    policyStatus.value = JSON.parse(event.data) as PolicyStatus;
  });
  source.addEventListener("ended", signedOut);
  source.onerror = () => {
    connection.value = "lost";
    // Closed for good: the server refused the stream. Reconnecting by hand finds out why.
    if (source.readyState === EventSource.CLOSED) setTimeout(refused, 2000);
  };
  let reopened: (() => void) | null = null;
  function refused(): void {
    if (connection.value === "lost") reopened = goLive();
  }
  return () => {
    connection.value = "connecting";
    source.close();
    reopened?.();
  };
}
