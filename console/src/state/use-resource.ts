import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiProblem, get, messageOf } from "../api/client.ts";

export interface Resource<T> {
  readonly data: Signal<T | null>;
  readonly problem: Signal<string | null>;
  /** The person lacks the role for this resource. */
  readonly forbidden: Signal<boolean>;
  load(passive?: boolean): Promise<void>;
}

/** Loads a resource of the API whenever `path` changes; an answer for an earlier path is dropped. */
export function useResource<T>(path: string): Resource<T> {
  const data = useSignal<T | null>(null);
  const problem = useSignal<string | null>(null);
  const forbidden = useSignal(false);
  const wanted = useSignal(path);

  async function load(passive = false): Promise<void> {
    wanted.value = path;
    try {
      const answer = await get<T>(path, { passive });
      if (wanted.value !== path) return;
      data.value = answer;
      problem.value = null;
    } catch (thrown) {
      if (wanted.value !== path) return;
      problem.value = messageOf(thrown);
      forbidden.value = thrown instanceof ApiProblem && thrown.status === 403;
    }
  }
  useEffect(() => void load(), [path]);
  return { data, problem, forbidden, load };
}
