import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../parts/icon.tsx";

const words = {
  session: null,
  reauthenticated: "Policy asks that you sign in again just before you approve this.",
  passkey: "Policy asks for your passkey over exactly this call.",
} as const;

/** Which proof an approval takes beyond being signed in. The step-up itself is taken here, right above the buttons. */
export function ProofNeeded({ card }: { readonly card: ApprovalCard }) {
  const text = words[card.approval.requirement.proof ?? "session"];
  if (text === null) return null;
  return (
    <p class="proof-needed">
      <Icon name="key" /> {text}
    </p>
  );
}
