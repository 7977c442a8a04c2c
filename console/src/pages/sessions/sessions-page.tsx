import { useLocation, useSearch } from "wouter";
import { get } from "../../api/client.ts";
import type { SessionRow, Timed } from "../../api/types.ts";
import { LoadState } from "../../components/load-state";
import { Empty } from "../../components/notice";
import { ShowOlder } from "../../components/show-older";
import { Text } from "../../components/text";
import { useOlder } from "../../state/use-older.ts";
import { useResource } from "../../state/use-resource.ts";
import { SessionFilters } from "./session-filters.tsx";
import { SessionItem } from "./session-item.tsx";

type Listed = Timed<{
  readonly items: readonly SessionRow[];
  readonly next: string | null;
  readonly gateway: string;
  readonly shares_store: boolean;
}>;

/** What agent runs do: who they are, how far they came, and what they have touched. */
export function SessionsPage() {
  const search = useSearch();
  const [, navigate] = useLocation();
  const query = queryOf(search);
  const sessions = useResource<Listed>(`/api/sessions?${query}`);
  return (
    <div class="page">
      <h1>Sessions</h1>
      <p class="lead quiet">
        A session is the history of one agent run. Calls are counted in memory, since the gateway started; labels are
        kept in the store.
      </p>
      {sessions.data.value?.shares_store === true ? <Elsewhere gateway={sessions.data.value.gateway} /> : null}
      <SessionFilters
        key={query}
        filters={new URLSearchParams(query)}
        apply={(next) => navigate(next === "" ? "/sessions" : `/sessions?${next}`)}
      />
      <LoadState of={sessions} what="sessions">
        {(listed) =>
          listed.items.length === 0 ? (
            <NoSessions filtered={query !== ""} />
          ) : (
            <Items key={query} first={listed} query={query} />
          )
        }
      </LoadState>
    </div>
  );
}

function Elsewhere({ gateway }: { readonly gateway: string }) {
  return (
    <p class="quiet">
      Only what came to the gateway <Text>{gateway}</Text> is counted here. A session whose calls all went to other
      gateways is missing, unless it has labels.
    </p>
  );
}

/** Only filters that the API knows, so that an old link still works. */
function queryOf(search: string): string {
  const given = new URLSearchParams(search);
  const known = ["subject", "session"].flatMap((name) => {
    const value = given.get(name)?.trim() ?? "";
    return value === "" ? [] : [[name, value]];
  });
  return new URLSearchParams(known).toString();
}

/** The first page, and those that were loaded behind it. */
function Items({ first, query }: { readonly first: Listed; readonly query: string }) {
  const older = useOlder(first, { rows: first.items, next: first.next }, async (after) => {
    const { items, next } = await get<Listed>(`/api/sessions?${query}&after=${encodeURIComponent(after)}`);
    return { rows: items, next };
  });
  return (
    <>
      <ul class="items">
        {older.rows.map((session) => (
          <SessionItem key={session.ref} session={session} />
        ))}
      </ul>
      <ShowOlder of={older} />
    </>
  );
}

function NoSessions({ filtered }: { readonly filtered: boolean }) {
  return filtered ? (
    <Empty title="No session matches">
      Sessions that neither memory nor the store knows any more have their calls under Decisions.
    </Empty>
  ) : (
    <Empty title="No session yet">
      Every agent that calls a tool has a session, named or not, and it appears here.
    </Empty>
  );
}
