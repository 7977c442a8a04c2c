import type { ApprovalCard } from "../../api/types.ts";
import { GrantSentence } from "../../components/grant-sentence";
import { Fact, Facts } from "../../components/facts";
import { JsonTree } from "../../components/json-tree";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { namedBy } from "../../text/session-words.ts";
import { duration } from "../../text/time.ts";
import { Link } from "wouter";
import { QuorumProgress } from "./quorum-progress";

const kept = { acting_for: "the person it acts for", agent_owner: "the agent's owner" } as const;

/** The remaining fields of the binding. */
export function RequestFacts({ card }: { readonly card: ApprovalCard }) {
  const { binding } = card.approval;
  const query = binding.query.map(([name, value]) => `${name}=${value}`).join("&");
  return (
    <details class="section">
      <summary>Everything else this approval is bound to</summary>
      <Facts>
        <Fact name="Request">
          <code class="break">
            <Text>{binding.method}</Text>{" "}
            <Text>{`${binding.origin}${binding.path}${query === "" ? "" : `?${query}`}`}</Text>
          </code>
        </Fact>
        <Fact name="Protocol">
          {binding.protocol} · <Text>{binding.action}</Text> · route {binding.route}
        </Fact>
        <Fact name="Content type">{binding.content_type === null ? null : <Text>{binding.content_type}</Text>}</Fact>
        <BoundExtras card={card} />
        <Fact name="Issuer">
          <Text>{binding.subject.issuer}</Text>
        </Fact>
        <Fact name="Acted before it">
          {binding.actors === undefined ? null : <Text>{binding.actors.join(", ")}</Text>}
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

/** Bound headers and MCP params beside the arguments. */
function BoundExtras({ card }: { readonly card: ApprovalCard }) {
  const { headers, beside, session, session_trust: trust } = card.approval.binding;
  return (
    <>
      <Fact name="Headers">
        {headers.length === 0
          ? null
          : headers.map(([name, value], index) => (
              <code key={index} class="break line">
                <Text>{`${name}: ${value}`}</Text>
              </code>
            ))}
      </Fact>
      <Fact name="Beside">{Object.keys(beside).length === 0 ? null : <JsonTree value={beside} />}</Fact>
      <Fact name="Session">
        <Text>{session}</Text> <span class="quiet">{words[trust]}</span>
      </Fact>
    </>
  );
}

/** Approvals of earlier versions may have words that this one does not know. */
const words: Readonly<Record<string, string>> = namedBy;

function ApprovalFacts({ card }: { readonly card: ApprovalCard }) {
  const { requirement, revision, decision_id: decision, seal } = card.approval;
  return (
    <>
      <Fact name="Needs">
        <QuorumProgress card={card} />
      </Fact>
      <Fact name="Wider than once">
        {requirement.scope === "once" ? (
          "no: policy lets it be approved for this one call only"
        ) : (
          <>
            at most: <GrantSentence agent={card.agent} tool={card.tool} scope={requirement.scope} />
          </>
        )}
      </Fact>
      <Fact name="Not by">{requirement.distinct_from.map((who) => kept[who]).join(", ")}</Fact>
      <Fact name="After approval">runs within {duration(requirement.execute_within)}, once</Fact>
      <Fact name="Held">
        <Ago at={seal.created} />
      </Fact>
      <Fact name="Policy">
        <ShortId id={revision} what="policy revision" />
      </Fact>
      <Fact name="Decision">
        {card.approval.binding.protocol === "policy" ? null : (
          <Link href={`/decisions/${encodeURIComponent(decision)}`}>open the record</Link>
        )}
      </Fact>
      <Fact name="Approval id">
        <ShortId id={card.id} what="approval id" />
      </Fact>
    </>
  );
}
