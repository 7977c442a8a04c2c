import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import type { ApprovalCard } from "../../api/types.ts";
import { Form, Problem } from "../../components/form";
import { OperatorOnly } from "../../components/operator-only";
import { Text } from "../../components/text";
import { useRevoke } from "../../state/use-revoke.ts";

const words = {
  session: "this session:",
  subject: "the agent, whatever its session:",
} as const;

type Kind = keyof typeof words;

/** Revokes the access of this agent, or of this session, from the card. Its held calls end at once, including this one. */
export function RevokeAccess({ card }: { readonly card: ApprovalCard }) {
  return (
    <details class="section end-access">
      <summary>End this agent's access</summary>
      <OperatorOnly to="end it">
        <EndAccess card={card} />
      </OperatorOnly>
    </details>
  );
}

function EndAccess({ card }: { readonly card: ApprovalCard }) {
  const { subject, session } = card.approval.binding;
  const kind = useSignal<Kind>("session");
  const reason = useRef<HTMLInputElement>(null);
  const { problem, busy, done, end } = useRevoke();
  const targets = { session, subject: subject.id };

  function submit(): Promise<boolean> {
    const { value } = kind;
    return end({ kind: value, target: targets[value], issuer: subject.issuer, reason: reason.current?.value ?? "" });
  }
  return (
    <Form look="plain-form" name="End access" submit={submit}>
      <Choices targets={targets} chosen={kind.value} choose={(next) => (kind.value = next)} />
      <label class="reason">
        Why
        <input ref={reason} name="end-reason" maxLength={1000} autocomplete="off" />
      </label>
      <button type="submit" class="deny" disabled={busy.value}>
        End access
      </button>
      <Problem text={problem.value} />
      <p role="status">{done.value === null ? null : <Text>{done.value}</Text>}</p>
    </Form>
  );
}

interface ChoicesProps {
  readonly targets: Readonly<Record<Kind, string>>;
  readonly chosen: Kind;
  readonly choose: (kind: Kind) => void;
}

function Choices({ targets, chosen, choose }: ChoicesProps) {
  return (
    <fieldset class="choices">
      <legend>Of what</legend>
      {(Object.keys(targets) as Kind[]).map((name) => (
        <label key={name}>
          <input type="radio" name="end" checked={chosen === name} onChange={() => choose(name)} /> {words[name]}{" "}
          <code>
            <Text>{targets[name]}</Text>
          </code>
        </label>
      ))}
    </fieldset>
  );
}
