import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Link, useLocation } from "wouter";
import { waiting } from "../state/inbox";
import { connection, policyStatus } from "../state/event-stream";
import { unready } from "../state/findings.ts";
import { Icon } from "./icon.tsx";
import { Nav, pageAt } from "./nav.tsx";
import { ShortId } from "./short-id.tsx";
import { SignOut } from "./sign-out.tsx";
import { ThemeButton } from "./theme-button.tsx";
import { AccountLink } from "./account-link";

/** The page header: one row on a wide screen; on a narrow one everything except the page's name is in a menu. */
export function Header() {
  const [location] = useLocation();
  const inbox = pageAt(location)?.href === "/approvals";
  const { open, toggle, escape } = useMenu(location);
  return (
    <header class={open.value ? "top open" : "top"} onKeyDown={escape}>
      <Link href="/approvals" class="brand" aria-label="Sallyport">
        <Icon name="gate" />
        <span>Sallyport</span>
      </Link>
      <span class="here" aria-hidden="true">
        <span class="here-name">{pageAt(location)?.name}</span>
        {inbox ? <Waiting /> : null}
      </span>
      <div id="menu" class="top-menu">
        <Nav badge={<Waiting />} />
        <div class="top-status">
          <ActivePolicy />
        </div>
        <Tools />
      </div>
      <Connection />
      <button
        type="button"
        ref={toggle}
        class="plain menu-button"
        aria-expanded={open.value}
        aria-controls="menu"
        onClick={() => (open.value = !open.value)}
      >
        <Icon name="menu" /> Menu{inbox ? null : <Waiting />}
      </button>
    </header>
  );
}

/** State of the menu. It closes on Escape and on navigation, and moves the focus out of hidden elements. */
function useMenu(location: string) {
  const open = useSignal(false);
  const toggle = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open.value) return;
    open.value = false;
    document.getElementById("main")?.focus();
  }, [location]);
  function escape(event: KeyboardEvent): void {
    if (event.key !== "Escape" || !open.value) return;
    open.value = false;
    toggle.current?.focus();
  }
  return { open, toggle, escape };
}

function Waiting() {
  return waiting.value === null || waiting.value === 0 ? null : <span class="count">{waiting.value}</span>;
}

function Tools() {
  return (
    <div class="top-tools">
      <ThemeButton />
      <AccountLink />
      <SignOut />
    </div>
  );
}

function ActivePolicy() {
  const status = policyStatus.value;
  if (status === null) return null;
  if (status.active === null) return <span class="tag tone-deny">No active policy</span>;
  return (
    <span class="policy">
      <span class="quiet">Policy</span> <ShortId id={status.active.revision} what="policy revision" keep={6} />
    </span>
  );
}

function Connection() {
  const state = unready.value ? "unready" : connection.value;
  const text = { connecting: "Connecting", live: "Live", lost: "Reconnecting", unready: "Not ready" }[state];
  return (
    <span class={`connection ${state}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}
