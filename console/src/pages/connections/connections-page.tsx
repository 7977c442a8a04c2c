import { useSearchParams } from "wouter";
import type { ConnectedAccountRow, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { useResource } from "../../state/use-resource.ts";
import { ConnectionItem } from "./connection-item.tsx";

type Listed = Timed<{ readonly items: readonly ConnectedAccountRow[]; readonly origin: string }>;

/** The person's own accounts elsewhere, which agents use for what they do for this person. `?connect=` names one that an agent lacked. */
export function ConnectionsPage() {
  const accounts = useResource<Listed>("/api/connected-accounts");
  const [query] = useSearchParams();
  return (
    <div class="page">
      <h1>Connected accounts</h1>
      <p class="lead quiet">
        An agent that works for you uses your own account at these services, and no agent of anybody else does. The
        agent itself never sees what the service gives the gateway.
      </p>
      <LoadState of={accounts} what="your accounts">
        {({ items, origin }) =>
          items.length === 0 ? (
            <Empty title="There is nothing to connect">
              This gateway has no tool server that wants each person's own account.
            </Empty>
          ) : (
            <ul class="items">
              {items.map((item) => (
                <ConnectionItem
                  key={item.name}
                  item={item}
                  origin={origin}
                  wanted={item.name === query.get("connect")}
                  changed={() => void accounts.load(true)}
                />
              ))}
            </ul>
          )
        }
      </LoadState>
    </div>
  );
}
