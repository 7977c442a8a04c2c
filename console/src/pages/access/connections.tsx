import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { messageOf, post } from "../../api/client.ts";
import type { ConnectionRow, EndedConnectionAnswer, Timed } from "../../api/types.ts";
import { Fact, Facts } from "../../components/facts";
import { Form, Problem } from "../../components/form";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { useResource } from "../../state/use-resource.ts";
import { endedText } from "../../text/endings.ts";

type Listed = Timed<{ readonly items: readonly ConnectionRow[] }>;

/** Whose accounts elsewhere agents use, for operators; nothing where nobody has connected one. */
export function Connections() {
  const listed = useResource<Listed>("/api/connections");
  const told = useSignal<string | null>(null);
  const items = listed.data.value?.items ?? [];
  if (listed.forbidden.value || (items.length === 0 && listed.problem.value === null)) return null;

  function ended({ matched }: EndedConnectionAnswer): void {
    told.value = `Disconnected. Ended with it: ${endedText(matched)}.`;
    void listed.load(true);
  }

  return (
    <section aria-labelledby="connected">
      <h2 id="connected">Connected accounts</h2>
      <p class="quiet">
        Accounts of people at tool servers, which agents use for what they do for them. Who is disconnected may connect
        again.
      </p>
      <p role="status">{told.value}</p>
      <Problem text={listed.problem.value} />
      <ul class="items">
        {items.map((item) => (
          <Connection key={item.id} item={item} ended={ended} />
        ))}
      </ul>
    </section>
  );
}

interface Props {
  readonly item: ConnectionRow;
  readonly ended: (answer: EndedConnectionAnswer) => void;
}

function Connection({ item, ended }: Props) {
  const { person, account, label, credential, state } = item;
  return (
    <li class="item">
      <div class="item-top">
        <h3 class="item-title">
          <Text>{person ?? account}</Text> at <Text>{label ?? credential}</Text>
        </h3>
        {state === "connected" ? <Tone tone="allow">Connected</Tone> : <Tone tone="deny">No longer connected</Tone>}
      </div>
      <Known item={item} />
      {state === "connected" ? <Disconnect item={item} ended={ended} /> : <Why item={item} />}
    </li>
  );
}

function Known({ item }: Pick<Props, "item">) {
  const { upstream, connected_at, used_at, used_by, token_ends_at, renewed, state } = item;
  return (
    <Facts>
      <Fact name="Account there">{upstream === null ? null : <Text>{upstream}</Text>}</Fact>
      <Fact name="Connected">
        <Ago at={connected_at} />
      </Fact>
      <Fact name="Token ends">
        {token_ends_at === null || state === "ended" ? null : (
          <>
            <Ago at={token_ends_at} />
            {renewed ? ", and is renewed" : ""}
          </>
        )}
      </Fact>
      <Fact name="Last used">
        {used_at === null ? null : (
          <>
            by <Text>{used_by ?? ""}</Text>, <Ago at={used_at} />
          </>
        )}
      </Fact>
    </Facts>
  );
}

function Why({ item: { why, reason } }: Pick<Props, "item">) {
  if (why === "refused") return <p>The other side no longer takes what it once gave.</p>;
  if (why === "ended") return <p>It ended with the person's access.</p>;
  return (
    <p>
      An operator disconnected it:{" "}
      <q>
        <Text>{reason ?? ""}</Text>
      </q>
    </p>
  );
}

function Disconnect({ item: { id, person, account, label, credential }, ended }: Props) {
  const reason = useRef<HTMLInputElement>(null);
  const problem = useSignal<string | null>(null);
  const busy = useSignal(false);

  async function disconnect(): Promise<void> {
    busy.value = true;
    problem.value = null;
    try {
      const path = `/api/connections/${encodeURIComponent(id)}/disconnect`;
      ended(await post<EndedConnectionAnswer>(path, { reason: reason.current?.value ?? "" }));
    } catch (thrown) {
      problem.value = messageOf(thrown);
    }
    busy.value = false;
  }

  return (
    <Form look="inline-form" name={`Disconnect ${person ?? account} from ${label ?? credential}`} submit={disconnect}>
      <label>
        Why
        <input ref={reason} name={`why-${id}`} maxLength={1000} autocomplete="off" />
      </label>
      <button type="submit" class="deny" disabled={busy.value}>
        Disconnect
      </button>
      <Problem text={problem.value} />
    </Form>
  );
}
