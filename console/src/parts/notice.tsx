import type { ComponentChildren } from "preact";
import { Icon } from "./icon.tsx";

/** An empty list says what will appear here and how to make it appear. */
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

/** What went wrong, and the next step. */
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
