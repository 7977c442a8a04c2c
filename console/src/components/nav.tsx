import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Link, useLocation } from "wouter";

interface Page {
  readonly href: string;
  readonly name: string;
}

const pages: readonly Page[] = [
  { href: "/approvals", name: "Approvals" },
  { href: "/grants", name: "Grants" },
  { href: "/access", name: "Access" },
  { href: "/fatigue", name: "Fatigue" },
  { href: "/channels", name: "Channels" },
  { href: "/tools", name: "Tools" },
  { href: "/tasks", name: "Tasks" },
  { href: "/sessions", name: "Sessions" },
  { href: "/decisions", name: "Decisions" },
];

/** Reached from elsewhere than the row of links. */
const others: readonly Page[] = [
  { href: "/account", name: "Account" },
  { href: "/connected-accounts", name: "Connected accounts" },
];

export function pageAt(location: string): Page | undefined {
  return [...pages, ...others].find(({ href }) => location === href || location.startsWith(`${href}/`));
}

/** Links to the pages; `badge` is shown beside the first one. */
export function Nav({ badge }: { readonly badge: ComponentChildren }) {
  const [location] = useLocation();
  const here = pageAt(location);
  useEffect(
    () => void (document.title = here === undefined ? "Sallyport console" : `${here.name} · Sallyport`),
    [here],
  );
  return (
    <nav aria-label="Pages">
      {pages.map((page, index) => (
        <Link key={page.href} href={page.href} class="nav-link" aria-current={page === here ? "page" : undefined}>
          {page.name}
          {index === 0 ? badge : null}
        </Link>
      ))}
    </nav>
  );
}
