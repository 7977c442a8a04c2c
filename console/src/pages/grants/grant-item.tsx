import { Link } from "wouter";
import type { GrantRow } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { GrantSentence } from "../../components/grant-sentence";
import { ShortId } from "../../components/short-id";
import { Tone } from "../../components/tone";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { now } from "../../state/clock.ts";
import { RevokeGrant } from "./revoke-grant.tsx";

interface Props {
  readonly grant: GrantRow;
  readonly changed: () => void;
}

export function GrantItem({ grant, changed }: Props) {
  const { ended, tone } = stateOf(grant, now.value);
  return (
    <li class={ended === null ? "item" : "item settled"}>
      <div class="item-top">
        <Tone tone={tone}>{ended ?? "Live"}</Tone>
        <span class="quiet">
          {ended === null ? "ends " : "was to end "}
          <Ago at={grant.expires_at} />
        </span>
      </div>
      <p class="item-title">
        <GrantSentence agent={grant.agent} tool={grant.tool} scope={grant.scope} />
      </p>
      <Facts>
        <Fact name="Uses left">
          {grant.uses_left.toLocaleString("en")} of {grant.scope.uses.toLocaleString("en")}
        </Fact>
        <Fact name="Approved by">
          <Text>{grant.approvers.join(", ")}</Text>, <Ago at={grant.created} />
        </Fact>
        <Fact name="For">{grant.acting_for === null ? null : <Text>{grant.acting_for}</Text>}</Fact>
        <Fact name="Session">{grant.scope.kind === "session" ? <Text>{grant.session}</Text> : null}</Fact>
        <Fact name="Task">{grant.scope.kind === "task" && grant.task !== null ? <Text>{grant.task}</Text> : null}</Fact>
        <Fact name="First call">
          <Link href={`/approvals/${encodeURIComponent(grant.approval_id)}`}>
            what was approved, with its arguments
          </Link>
        </Fact>
        <Fact name="Grant id">
          <ShortId id={grant.id} what="grant id" />
        </Fact>
        <Revoked grant={grant} />
      </Facts>
      {ended === null ? <RevokeGrant grant={grant} revoked={changed} /> : null}
    </li>
  );
}

function Revoked({ grant: { revoked } }: { readonly grant: GrantRow }) {
  return (
    <Fact name="Revoked">
      {revoked === null ? null : (
        <>
          by <Text>{revoked.by}</Text>, <Ago at={revoked.at} />
          {revoked.reason === null ? null : (
            <>
              : <Text>{revoked.reason}</Text>
            </>
          )}
        </>
      )}
    </Fact>
  );
}

function stateOf(
  grant: GrantRow,
  at: number,
): { readonly ended: string | null; readonly tone: "allow" | "deny" | "none" } {
  if (grant.revoked !== null) return { ended: "Revoked", tone: "deny" };
  if (grant.uses_left === 0) return { ended: "Used up", tone: "none" };
  if (grant.expires_at <= at) return { ended: "Run out", tone: "none" };
  return { ended: null, tone: "allow" };
}
