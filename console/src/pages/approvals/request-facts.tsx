import type { ApprovalCard } from "../../api/types.ts";
import { Fact, Facts } from "../../parts/facts.tsx";
import { ShortId } from "../../parts/short-id.tsx";
import { Text } from "../../parts/text.tsx";
import { Ago } from "../../parts/time.tsx";
import { duration } from "../../text/time.ts";
import { Link } from "wouter";

const kept = { acting_for: "the person it acts for", agent_owner: "the agent's owner" } as const;

/** The rest of what the approval is bound to. */
export function RequestFacts({ card }: { readonly card: ApprovalCard }) {
  const { binding } = card.approval;
  const query = binding.query.map(([name, value]) => `${name}=${value}`).join("&");
  return (
    <details class="section">
      <summary>Everything else this approval is bound to</summary>
      <Facts>
        <Fact name="Request">
          <code class="break">
            {binding.method} <Text>{`${binding.origin}${binding.path}${query === "" ? "" : `?${query}`}`}</Text>
          </code>
        </Fact>
        <Fact name="Protocol">
          {binding.protocol} · {binding.action} · route {binding.route}
        </Fact>
        <Fact name="Content type">{binding.content_type === null ? null : <Text>{binding.content_type}</Text>}</Fact>
        <Fact name="Issuer">
          <Text>{binding.subject.issuer}</Text>
        </Fact>
        <Fact name="Key">
          {binding.subject.key === null ? (
            "none: a bearer token"
          ) : (
            <ShortId id={binding.subject.key} what="key thumbprint" />
          )}
        </Fact>
        <Fact name="Tool definition">
          {binding.definition_digest === null ? null : (
            <ShortId id={binding.definition_digest} what="definition digest" keep={12} />
          )}
        </Fact>
        <ApprovalFacts card={card} />
      </Facts>
    </details>
  );
}

function ApprovalFacts({ card }: { readonly card: ApprovalCard }) {
  const { requirement, revision, decision_id: decision, seal } = card.approval;
  return (
    <>
      <Fact name="Needs">{requirement.require.map((part) => `${part.count} × ${part.role}`).join(", ")}</Fact>
      <Fact name="Not by">{requirement.distinct_from.map((who) => kept[who]).join(", ")}</Fact>
      <Fact name="After approval">runs within {duration(requirement.execute_within)}, once</Fact>
      <Fact name="Held">
        <Ago at={seal.created} />
      </Fact>
      <Fact name="Policy">
        <ShortId id={revision} what="policy revision" />
      </Fact>
      <Fact name="Decision">
        <Link href={`/decisions/${encodeURIComponent(decision)}`}>open the record</Link>
      </Fact>
      <Fact name="Approval id">
        <ShortId id={card.id} what="approval id" />
      </Fact>
    </>
  );
}
