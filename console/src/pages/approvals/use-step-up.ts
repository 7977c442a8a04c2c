import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { ApiProblem, post } from "../../api/client.ts";
import { type RequestOptions, signWithPasskey } from "../../api/passkeys.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { drafts } from "../../state/drafts.ts";

/** A vote that is not cast yet. */
export interface Ballot {
  readonly vote: "approve" | "deny";
  readonly reason: string | null;
  readonly action_digest: string;
  readonly grant?: object;
}

export interface StepUp {
  /** The proof required before the vote counts; null when none is. */
  readonly required: { readonly proof: "reauthenticated" | "passkey"; readonly ballot: Ballot } | null;
  /** True when this refusal requires a proof; the prompt is then shown. */
  requires(thrown: unknown, ballot: Ballot): boolean;
  /** Casts the pending vote, signed by a passkey when that is required. @throws Error */
  cast(): Promise<void>;
  cancel(): void;
  /** Keeps the form's content while the browser is at the provider. */
  keepDraft(): void;
}

/** Handles the step-up when policy requires more proof than a session. */
export function useStepUp(
  card: ApprovalCard,
  reason: RefObject<HTMLTextAreaElement | null>,
  { voted, late }: { readonly voted: (after: ApprovalCard) => void; readonly late: (vote: Ballot["vote"]) => void },
): StepUp {
  const required = useSignal<StepUp["required"]>(null);
  const path = `/api/approvals/${encodeURIComponent(card.id)}`;
  const digest = card.action_digest;

  return {
    required: required.value,
    requires(thrown, ballot) {
      if (!(thrown instanceof ApiProblem) || thrown.code !== "approval_step_up") return false;
      required.value = { proof: thrown.detail === "passkey" ? "passkey" : "reauthenticated", ballot };
      return true;
    },
    async cast() {
      if (required.value === null) return;
      const { proof, ballot } = required.value;
      const passkey = proof === "passkey" ? { passkey: await signed(path, ballot) } : {};
      const after = await post<ApprovalCard>(`${path}/vote`, { ...ballot, ...passkey }).catch((thrown: unknown) => {
        if (isLate(thrown)) late(ballot.vote);
        throw thrown;
      });
      required.value = null;
      voted(after);
    },
    cancel: () => void (required.value = null),
    keepDraft: () => drafts.leave(digest, reason.current?.value ?? ""),
  };
}

/** Others, or a time limit, had ended the call before. */
export function isLate(thrown: unknown): boolean {
  return thrown instanceof ApiProblem && thrown.code === "approval_closed";
}

async function signed(path: string, { vote, action_digest, grant }: Ballot): Promise<object> {
  const wanted = { vote, action_digest, ...(grant === undefined ? {} : { grant }) };
  return signWithPasskey(await post<RequestOptions>(`${path}/passkey`, wanted));
}
