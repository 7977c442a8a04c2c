import type { Older } from "../state/use-older.ts";

/** The button below a list that has more, and what went wrong when it was pressed. */
export function ShowOlder({ of }: { readonly of: Pick<Older<unknown>, "hasMore" | "problem" | "show"> }) {
  return (
    <>
      {of.problem === null ? null : (
        <p class="problem" role="alert">
          {of.problem}
        </p>
      )}
      {of.hasMore ? (
        <button type="button" class="older" onClick={of.show}>
          Show older
        </button>
      ) : null}
    </>
  );
}
