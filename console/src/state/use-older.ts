import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { messageOf } from "../api/client.ts";

export interface Page<R> {
  readonly rows: readonly R[];
  /** For `after` of the next page; null when this is the last. */
  readonly next: string | null;
}

export interface Older<R> {
  readonly rows: readonly R[];
  readonly hasMore: boolean;
  readonly problem: string | null;
  show(): void;
}

/** A first page, and those that are loaded behind it; another `answer` begins anew. */
export function useOlder<R>(answer: unknown, first: Page<R>, read: (after: string) => Promise<Page<R>>): Older<R> {
  const older = useSignal<readonly R[]>([]);
  const next = useSignal(first.next);
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    older.value = [];
    next.value = first.next;
  }, [answer]);

  async function show(): Promise<void> {
    try {
      const page = await read(next.value ?? "");
      older.value = [...older.value, ...page.rows];
      next.value = page.next;
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
  }

  return {
    rows: [...first.rows, ...older.value],
    hasMore: next.value !== null,
    problem: problem.value,
    show: () => void show(),
  };
}
