import { Link, useLocation } from "wouter";
import { post } from "../api/client.ts";
import { waiting } from "../state/inbox.ts";
import { connection, policyStatus } from "../state/live.ts";
import { session, signedOut } from "../state/session.ts";
import { Icon } from "./icon.tsx";
import { ShortId } from "./short-id.tsx";
import { ThemeButton } from "./theme-button.tsx";

export function Header() {
  return (
    <header class="top">
      <Link href="/approvals" class="brand" aria-label="Sallyport">
        <Icon name="gate" />
        <span>Sallyport</span>
      </Link>
      <nav aria-label="Pages">
        <NavLink href="/approvals">
          Approvals{waiting.value === null || waiting.value === 0 ? null : <span class="count">{waiting.value}</span>}
        </NavLink>
        <NavLink href="/decisions">Decisions</NavLink>
      </nav>
      <div class="top-status">
        <Connection />
        <ActivePolicy />
      </div>
      <div class="top-tools">
        <ThemeButton />
        <span class="who" title={session.value?.roles.join(", ") ?? ""}>
          {session.value?.user}
        </span>
        <button type="button" class="plain" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

function NavLink({ href, children }: { readonly href: string; readonly children: preact.ComponentChildren }) {
  const [location] = useLocation();
  const here = location.startsWith(href);
  return (
    <Link href={href} class="nav-link" aria-current={here ? "page" : undefined}>
      {children}
    </Link>
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
  const text = { connecting: "Connecting", live: "Live", lost: "Reconnecting" }[connection.value];
  return (
    <span class={`connection ${connection.value}`} role="status">
      <span class="dot" aria-hidden="true" />
      {text}
    </span>
  );
}

async function signOut(): Promise<void> {
  await post("/api/logout", {}).catch(() => null);
  signedOut();
}
