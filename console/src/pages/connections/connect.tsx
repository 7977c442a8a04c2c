import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ConnectedAccountRow } from "../../api/types.ts";

interface Props {
  readonly item: ConnectedAccountRow;
  /** Origin to which the other side redirects. */
  readonly origin: string;
  readonly focus: boolean;
}

/** Leads to the other side, where the person consents. It starts at the address that the other side sends them back to. */
export function Connect({ item: { name, label, state }, origin, focus }: Props) {
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (focus) button.current?.focus();
  }, []);

  async function go(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      const path = `/api/connected-accounts/${encodeURIComponent(name)}/connect`;
      location.assign((await post<{ location: string }>(path, {})).location);
    } catch (thrown) {
      problem.value = messageOf(thrown);
      busy.value = false;
    }
  }

  if (location.origin !== origin) {
    return (
      <p>
        Connect it at <a href={`${origin}/connected-accounts?connect=${encodeURIComponent(name)}`}>{origin}</a>, where{" "}
        {label} sends you back to.
      </p>
    );
  }
  return (
    <>
      <button type="button" ref={button} class="primary" disabled={busy.value} onClick={() => void go()}>
        {busy.value ? `Going to ${label}…` : state === "ended" ? "Connect again" : `Connect ${label}`}
      </button>
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </>
  );
}
