import type { DecisionRecord, JsonValue } from "../../api/types.ts";
import { JsonPanel } from "../../components/json-panel";
import { RuleList } from "../../components/rule-list";
import { Section } from "../../components/section";
import { StateTag } from "../../components/state-tag";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import type { Found } from "./decision-page.tsx";
import { CallFacts } from "./call-facts.tsx";
import { OutcomeFacts } from "./outcome-facts.tsx";

/** One record in full: the reasons, the facts, then the record as it was written. */
export function RecordView({ found }: { readonly found: Found }) {
  const { decision, outcome } = found;
  return (
    <>
      <div class="card-top">
        <StateTag state={decision.result.effect} />
        <Ago at={Date.parse(decision.timestamp)} />
      </div>
      <h1 class="summary">
        <Text>{sentence(decision)}</Text>
      </h1>
      <Why found={found} />
      <Section title="Outcome">
        <OutcomeFacts outcome={outcome} />
      </Section>
      <Section title="Call">
        <CallFacts decision={decision} outcome={outcome} />
      </Section>
      <Section title="Input" aside={hidden(decision)}>
        {decision.input === null ? (
          <p class="quiet">{withoutInput(decision)}</p>
        ) : (
          <JsonPanel value={decision.input} label="Policy input" />
        )}
      </Section>
      <details class="section">
        <summary>The records as written</summary>
        <JsonPanel value={decision as unknown as JsonValue} label="Decision record" />
        {outcome === null ? null : <JsonPanel value={outcome as unknown as JsonValue} label="Outcome record" />}
      </details>
    </>
  );
}

/** The reasons with their rules, and a note when the rules shown are those of a later policy. */
function Why({ found }: { readonly found: Found }) {
  const { decision, rules } = found;
  const { result } = decision;
  const revisions = Object.values(decision.bundles).map((bundle) => bundle.revision);
  const stale = found.rules_revision !== null && !revisions.includes(found.rules_revision);
  return (
    <Section
      title={result.effect === "allow" ? "Rules" : "Why"}
      aside={stale && rules.length > 0 ? "lines as in today's policy, which is a newer one" : undefined}
    >
      {result.reasons.length === 0 ? (
        <p class="quiet">No rule objected. Rules that spoke: {decision.rules.join(", ") || "none"}.</p>
      ) : null}
      <RuleList reasons={result.reasons} rules={rules} />
      {result.doubt === null ? null : (
        <p>
          Refused by the gateway itself: <code>{result.doubt}</code> <Text>{result.detail ?? ""}</Text>
        </p>
      )}
    </Section>
  );
}

function withoutInput({ dropped, mask_failed: failed }: DecisionRecord): string {
  return dropped === true || failed === true
    ? "The policy's rules about the log left none of it."
    : "None was built: the request was refused before policy.";
}

function hidden({ erased, masked }: DecisionRecord): string | undefined {
  const count = erased.length + masked.length;
  return count === 0 ? undefined : `${count} ${count === 1 ? "value" : "values"} hidden by the log's policy`;
}

/** The decision in one sentence. */
function sentence({ result, tool, subject }: DecisionRecord): string {
  const what = `${subject ?? "Somebody not identified"} → ${tool ?? "no known tool"}`;
  const why =
    result.reasons[0]?.message ??
    (result.doubt === null ? "no rule objected" : `the gateway refused (${result.doubt})`);
  return `${what}: ${why}`;
}
