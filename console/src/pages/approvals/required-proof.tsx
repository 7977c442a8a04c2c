import type { ApprovalCard } from "../../api/types.ts";
import { Icon } from "../../components/icon";

const words = {
  session: null,
  reauthenticated: "Policy asks that you sign in again just before you approve this.",
  passkey: "Policy asks for your passkey over exactly this call.",
} as const;

/** The proof that an approval needs beyond the session, with the step-up itself. */
export function RequiredProof({ card }: { readonly card: ApprovalCard }) {
  const text = words[card.approval.requirement.proof ?? "session"];
  if (text === null) return null;
  return (
    <p class="proof-needed">
      <Icon name="key" /> {text}
    </p>
  );
}
