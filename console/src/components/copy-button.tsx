import { useSignal } from "@preact/signals";

interface Props {
  readonly text: string;
  /** Name of the copied text, as in "Copy receipt". */
  readonly what: string;
}

export function CopyButton({ text, what }: Props) {
  const said = useSignal<"copied" | "failed" | null>(null);
  async function copy(): Promise<void> {
    // Refused where the page has no focus or no permission.
    said.value = await navigator.clipboard.writeText(text).then(
      () => "copied" as const,
      () => "failed" as const,
    );
    setTimeout(() => (said.value = null), 2000);
  }
  return (
    <>
      <button type="button" class="small-button" onClick={() => void copy()}>
        Copy {what}
      </button>{" "}
      <span role="status" class="quiet small">
        {said.value === null ? "" : said.value === "copied" ? "Copied." : "Not copied; select it and copy by hand."}
      </span>
    </>
  );
}
