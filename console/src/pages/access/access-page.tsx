import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiProblem, messageOf } from "../../api/client.ts";
import { OperatorOnly } from "../../components/operator-only";
import { Empty, Failed, Loading } from "../../components/notice";
import { loadRevocations, revocations } from "../../state/revocations";
import { Connections } from "./connections.tsx";
import { RevokeForm } from "./revoke-form";
import { KillSwitch } from "./kill-switch.tsx";
import { RevocationItem } from "./revocation-item.tsx";

/** Page for revoking access, of one caller or of all, and for lifting revocations. */
export function AccessPage() {
  return (
    <div class="page">
      <h1>Access</h1>
      <p class="lead quiet">
        Ending access works at once, in every process of this gateway: new calls are refused, held calls are cancelled,
        grants are void, and calls and streams that are under way are cut at their tool servers.
      </p>
      <section aria-labelledby="ended">
        <h2 id="ended">Ended access</h2>
        <Ended />
      </section>
      <OperatorOnly to="end access, to give it back or to stop all calls">
        <RevokeForm />
        <Connections />
        <KillSwitch />
      </OperatorOnly>
    </div>
  );
}

function Ended() {
  const problem = useSignal<string | null>(null);
  const forbidden = useSignal(false);
  async function load(): Promise<void> {
    try {
      await loadRevocations(false);
      problem.value = null;
    } catch (thrown) {
      problem.value = messageOf(thrown);
      forbidden.value = thrown instanceof ApiProblem && thrown.status === 403;
    }
  }
  useEffect(() => void load(), []);

  const items = revocations.value;
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  if (items === null) return <Loading what="ended access" />;
  if (items.length === 0) return <p class="quiet">Nobody's access is ended. Whatever is ended below appears here.</p>;
  return (
    <ul class="items">
      {items.map((revocation) => (
        <RevocationItem key={revocation.id} revocation={revocation} />
      ))}
    </ul>
  );
}
