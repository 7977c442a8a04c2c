import { useSignal } from "@preact/signals";
import { Link } from "wouter";
import { ApiProblem, messageOf } from "../../api/client.ts";
import type { ApprovalCard } from "../../api/types.ts";
import { Buttons, Reauthenticate } from "../../components/reauthenticate";
import { Countdown } from "../../components/time";
import { now } from "../../state/clock.ts";
import { session } from "../../state/session.ts";
import type { StepUp as Step } from "./use-step-up.ts";

/** The prompt for the proof that policy requires; after the return from the provider, how long the proof is valid. */
export function StepUp({ card, step }: { readonly card: ApprovalCard; readonly step: Step }) {
  if (step.required === null) return <Proven digest={card.action_digest} />;
  return step.required.proof === "passkey" ? <WithPasskey step={step} /> : <WithSession card={card} step={step} />;
}

function WithSession({ card, step }: { readonly card: ApprovalCard; readonly step: Step }) {
  const problem = useSignal<string | null>(null);
  return (
    <>
      <Reauthenticate
        purpose={{ kind: "vote", action_digest: card.action_digest }}
        action="Confirm and approve"
        proven={() => void step.cast().catch((thrown: unknown) => (problem.value = messageOf(thrown)))}
        cancel={step.cancel}
        leaving={step.keepDraft}
      />
      <p class="problem" role="alert">
        {problem.value}
      </p>
    </>
  );
}

function WithPasskey({ step }: { readonly step: Step }) {
  const problem = useSignal<string | null>(null);
  const missing = useSignal(false);
  const busy = useSignal(false);

  async function cast(): Promise<void> {
    busy.value = true;
    try {
      await step.cast();
    } catch (thrown) {
      missing.value = thrown instanceof ApiProblem && thrown.code === "passkey_missing";
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }

  return (
    <div class="prove" role="group" aria-label="Sign with your passkey">
      <p>Your passkey signs this decision about exactly this call.</p>
      <p class="problem" role="alert">
        {problem.value} {missing.value ? <Link href="/account">Your account</Link> : null}
      </p>
      <Buttons label="Sign and approve" busy={busy.value} act={() => void cast()} cancel={step.cancel} />
    </div>
  );
}

function Proven({ digest }: { readonly digest: string }) {
  const proof = session.value?.step_ups.find(({ purpose }) => purpose === `vote ${digest}`);
  if (proof === undefined || proof.until <= now.value) return null;
  return (
    <p class="proven">
      You proved again who you are; it counts for this call. <Countdown until={proof.until} />
    </p>
  );
}
