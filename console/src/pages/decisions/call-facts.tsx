import { Link } from "wouter";
import type { DecisionRecord, OutcomeRecord } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";

interface Props {
  readonly decision: DecisionRecord;
  readonly outcome: OutcomeRecord | null;
}

/** Caller, tool and policy of a decision. */
export function CallFacts({ decision, outcome }: Props) {
  // The approval of a hold is made after the decision, so only the outcome names it.
  const approval = decision.approval_id ?? outcome?.approval_id ?? null;
  return (
    <Facts>
      <Fact name="Tool">{decision.tool === null ? null : <Code text={decision.tool} />}</Fact>
      <Fact name="Agent">{decision.subject === null ? "not identified" : <Code text={decision.subject} />}</Fact>
      <Fact name="For">{decision.acting_for === null ? null : <Text>{decision.acting_for}</Text>}</Fact>
      <Fact name="Request">
        <Code text={`${decision.method} ${decision.request_path}`} />
      </Fact>
      <Fact name="Protocol">
        {[decision.protocol, decision.route].filter((part) => part !== null).join(" · route ")}
      </Fact>
      <Fact name="Session">
        {decision.session === null ? null : (
          <Link href={`/decisions?session=${encodeURIComponent(decision.session)}`}>
            <Text>{decision.session}</Text>
          </Link>
        )}
      </Fact>
      <Fact name="Added to its task">
        {decision.task_text === undefined ? null : (
          <>
            {decision.task_text.bytes.toLocaleString("en")} bytes of text{" "}
            <ShortId id={decision.task_text.digest} what="digest of the text" keep={12} />
          </>
        )}
      </Fact>
      <Fact name="Approval">
        {approval === null ? null : <Link href={`/approvals/${encodeURIComponent(approval)}`}>open the approval</Link>}
      </Fact>
      <JudgedBy decision={decision} />
    </Facts>
  );
}

function JudgedBy({ decision }: { readonly decision: DecisionRecord }) {
  return (
    <>
      <Fact name="Policy">
        {Object.keys(decision.bundles).length === 0 ? <span class="quiet">was not evaluated</span> : null}
        {Object.entries(decision.bundles).map(([name, bundle]) => (
          <span key={name}>
            {name} <ShortId id={bundle.revision} what="policy revision" />
          </span>
        ))}
      </Fact>
      <Fact name="Evaluation">
        {decision.metrics.evaluation_us === null
          ? null
          : `${decision.metrics.evaluation_us} µs${decision.metrics.fuel === null ? "" : `, ${decision.metrics.fuel.toLocaleString("en")} fuel`}`}
      </Fact>
      <Fact name="Judged">
        {decision.judged_digest === null ? null : (
          <ShortId id={decision.judged_digest} what="judged digest" keep={12} />
        )}
      </Fact>
      <Fact name="Decision id">
        <ShortId id={decision.decision_id} what="decision id" keep={12} />
      </Fact>
    </>
  );
}

function Code({ text }: { readonly text: string }) {
  return (
    <code class="break">
      <Text>{text}</Text>
    </code>
  );
}
