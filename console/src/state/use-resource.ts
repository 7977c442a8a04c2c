import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiProblem, get, isUnknown, messageOf } from "../api/client.ts";

export interface Resource<T> {
  readonly data: Signal<T | null>;
  readonly problem: Signal<string | null>;
  /** The person lacks the role for this resource. */
  readonly forbidden: Signal<boolean>;
  /** Nothing is kept under this path. */
  readonly unknown: Signal<boolean>;
  load(passive?: boolean): Promise<void>;
}

/** Loads a resource of the API whenever `path` changes; an answer for an earlier path is dropped. */
export function useResource<T>(path: string): Resource<T> {
  const data = useSignal<T | null>(null);
  const problem = useSignal<string | null>(null);
  const forbidden = useSignal(false);
  const unknown = useSignal(false);
  const wanted = useSignal(path);
  const shown = useSignal(path);

  async function load(passive = false): Promise<void> {
    wanted.value = path;
    try {
      const answer = await get<T>(path, { passive });
      if (wanted.value !== path) return;
      data.value = answer;
      shown.value = path;
      problem.value = null;
      unknown.value = false;
      forbidden.value = false;
    } catch (thrown) {
      if (wanted.value !== path) return;
      // What an earlier path gave is not shown under this one.
      if (shown.value !== path) data.value = null;
      problem.value = messageOf(thrown);
      unknown.value = isUnknown(thrown);
      forbidden.value = thrown instanceof ApiProblem && thrown.status === 403;
    }
  }
  useEffect(() => void load(), [path]);
  return { data, problem, forbidden, unknown, load };
}
