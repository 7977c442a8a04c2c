import { useEffect } from "preact/hooks";
import type { ApprovalCard, Timed } from "../../api/types.ts";
import { CopyButton } from "../../components/copy-button";
import { Section } from "../../components/section";
import { StateTag } from "../../components/state-tag";
import { Ago } from "../../components/time";
import { useResource } from "../../state/use-resource.ts";
import { claimsOf } from "../../text/receipt.ts";

type Listed = Timed<{ readonly items: readonly { readonly at: number; readonly jws: string }[] }>;

const keysPath = "/.well-known/sallyport/approval-keys.json";

/** Signed receipts of the decision. */
export function Receipts({ card }: { readonly card: ApprovalCard }) {
  return card.state === "held" ? null : <Listing card={card} />;
}

function Listing({ card }: { readonly card: ApprovalCard }) {
  const { data, problem, load } = useResource<Listed>(`/api/approvals/${encodeURIComponent(card.id)}/receipts`);
  useEffect(() => void load(true), [card.state]);
  const items = data.value?.items ?? [];
  return (
    <Section title="Receipts" aside="signed; no argument is in them">
      {problem.value === null ? null : <p class="problem">{problem.value}</p>}
      {data.value !== null && items.length === 0 ? <p class="quiet">None was issued for this call.</p> : null}
      <ul class="receipts">
        {items.map(({ at, jws }, index) => (
          <li key={index}>
            <StateTag state={claimsOf(jws)?.state ?? "unknown"} /> <Ago at={at} />{" "}
            <CopyButton text={jws} what="receipt" />
            <details>
              <summary>The receipt itself</summary>
              <textarea class="jws" readOnly rows={4} aria-label="Receipt, compact JWS" value={jws} />
            </details>
          </li>
        ))}
      </ul>
      {items.length === 0 ? null : <HowToVerify />}
    </Section>
  );
}

function HowToVerify() {
  return (
    <p class="small quiet">
      Anybody can check one without signing in: save it as <code>receipt.jws</code>, take the{" "}
      <a href={keysPath} download="approval-keys.json">
        public keys
      </a>{" "}
      and run <code>sallyport approvals verify receipt.jws --keys approval-keys.json</code>, or use any JWS library
      (ES256).
    </p>
  );
}
