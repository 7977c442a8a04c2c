import { useSignal } from "@preact/signals";
import type { GrantRow, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { Toggle } from "../../components/toggle";
import { useResource } from "../../state/use-resource.ts";
import { GrantItem } from "./grant-item.tsx";

type Listed = Timed<{ readonly items: readonly GrantRow[] }>;

/** Grants (permissions for more than one call) that approvals have issued; each can be revoked. */
export function GrantsPage() {
  const state = useSignal<"live" | "all">("live");
  const grants = useResource<Listed>(`/api/grants?state=${state.value}`);
  return (
    <div class="page">
      <h1>Grants</h1>
      <p class="lead quiet">
        A grant lets an agent make further calls without asking people again. Policy still judges each of them.
      </p>
      <Toggle
        label="Which grants"
        options={[
          ["live", "Live"],
          ["all", "Ended too"],
        ]}
        chosen={state.value}
        choose={(next) => (state.value = next)}
      />
      <LoadState of={grants} what="grants">
        {({ items }) =>
          items.length === 0 ? (
            <NoGrants live={state.value === "live"} />
          ) : (
            <ul class="items">
              {items.map((grant) => (
                <GrantItem key={grant.id} grant={grant} changed={() => void grants.load(true)} />
              ))}
            </ul>
          )
        }
      </LoadState>
    </div>
  );
}

function NoGrants({ live }: { readonly live: boolean }) {
  return (
    <Empty title={live ? "No grant is live" : "No grant was ever given"}>
      Where a rule gives a scope wider than “once”, whoever approves may choose “further calls too”, and the grant
      appears here.
    </Empty>
  );
}
