import { useSignal } from "@preact/signals";
import { marked } from "../text/hostile-text";

/** An id, shortened in the middle when it is long; a click copies all of it. */
export function ShortId({
  id,
  what = "id",
  keep = 8,
}: {
  readonly id: string;
  readonly what?: string;
  readonly keep?: number;
}) {
  const copied = useSignal(false);
  const safe = marked(id);
  const short = safe.length > keep * 2 + 3 ? `${safe.slice(0, keep)}…${safe.slice(-keep)}` : safe;

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(id);
    copied.value = true;
    setTimeout(() => (copied.value = false), 1500);
  }

  return (
    <button
      type="button"
      class="short-id"
      title={`${safe} (click to copy)`}
      aria-label={copied.value ? "copied" : `${short}, copy ${what}`}
      onClick={() => void copy()}
    >
      {copied.value ? "copied" : short}
    </button>
  );
}
