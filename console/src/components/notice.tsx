import type { ComponentChildren } from "preact";
import { Link } from "wouter";
import { Icon } from "./icon.tsx";

/** Shown for an empty list: what will appear here and what causes it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="notice">
      <h2>{title}</h2>
      <p>{children}</p>
    </div>
  );
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="notice quiet" role="status">
      <p>Loading {what}…</p>
    </div>
  );
}

/** An error with the next step. */
export function Failed({ message, retry }: { readonly message: string; readonly retry: () => void }) {
  return (
    <div class="notice failed" role="alert">
      <h2>
        <Icon name="warn" /> That did not load
      </h2>
      <p>{message}</p>
      <button type="button" onClick={retry}>
        Try again
      </button>
    </div>
  );
}

interface NotKnownProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly list: string;
  readonly listName: string;
}

/** Shown for an address under which nothing is kept: why that may be, and the way to the list. */
export function NotKnown({ title, children, list, listName }: NotKnownProps) {
  return (
    <div class="notice" role="alert">
      <h2>{title}</h2>
      <p>{children}</p>
      <p>
        <Link href={list}>{listName}</Link>
      </p>
    </div>
  );
}
