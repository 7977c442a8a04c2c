import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { ApiProblem, post } from "../../api/client.ts";
import { type RequestOptions, signWithPasskey } from "../../api/passkeys.ts";
import type { ApprovalCard } from "../../api/types.ts";

/** A vote as it was about to be cast. */
export interface Ballot {
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  readonly action_digest: string;
  readonly grant?: object;
}

export interface StepUp {
  /** What is asked for before the vote counts; null when nothing is. */
  readonly asked: { readonly proof: "reauthenticated" | "passkey"; readonly ballot: Ballot } | null;
  /** True when this refusal asks for a proof; then the prompt is on the screen. */
  wants(thrown: unknown, ballot: Ballot): boolean;
  /** Casts the vote that waits, signed by a passkey when that was asked for. @throws Error */
  cast(): Promise<void>;
  cancel(): void;
  /** Keeps what was written while the page is away at the provider. */
  keepDraft(): void;
}

/** What comes between a vote and its counting when policy asks for more than a session. */
export function useStepUp(
  card: ApprovalCard,
  reason: RefObject<HTMLTextAreaElement | null>,
  voted: (after: ApprovalCard) => void,
): StepUp {
  const asked = useSignal<StepUp["asked"]>(null);
  const path = `/api/approvals/${encodeURIComponent(card.id)}`;
  const draft = `sallyport.reason ${card.action_digest}`;
  useEffect(() => {
    const kept = sessionStorage.getItem(draft);
    sessionStorage.removeItem(draft);
    if (kept !== null && reason.current !== null) reason.current.value = kept;
  }, [draft]);

  return {
    asked: asked.value,
    wants(thrown, ballot) {
      if (!(thrown instanceof ApiProblem) || thrown.code !== "approval_step_up") return false;
      asked.value = { proof: thrown.detail === "passkey" ? "passkey" : "reauthenticated", ballot };
      return true;
    },
    async cast() {
      if (asked.value === null) return;
      const { proof, ballot } = asked.value;
      const passkey = proof === "passkey" ? { passkey: await signed(path, ballot) } : {};
      const after = await post<ApprovalCard>(`${path}/vote`, { ...ballot, ...passkey });
      asked.value = null;
      voted(after);
    },
    cancel: () => void (asked.value = null),
    keepDraft: () => sessionStorage.setItem(draft, reason.current?.value ?? ""),
  };
}

async function signed(path: string, { vote, action_digest, grant }: Ballot): Promise<object> {
  const wanted = { vote, action_digest, ...(grant === undefined ? {} : { grant }) };
  return signWithPasskey(await post<RequestOptions>(`${path}/passkey`, wanted));
}
