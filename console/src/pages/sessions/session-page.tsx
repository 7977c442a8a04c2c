import { Icon } from "../../components/icon";
import { Fact, Facts } from "../../components/facts";
import { LoadState } from "../../components/load-state";
import { NotKnown } from "../../components/notice";
import { Section } from "../../components/section";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import type { SessionDetail, Timed } from "../../api/types.ts";
import { useResource } from "../../state/use-resource.ts";
import { namedBy } from "../../text/session-words.ts";
import { SessionLabels } from "./session-labels.tsx";
import { Timeline } from "./timeline.tsx";

export function SessionPage({ reference }: { readonly reference: string }) {
  const session = useResource<Timed<SessionDetail>>(`/api/sessions/${encodeURIComponent(reference)}`);
  return (
    <article class="record" aria-label="Session">
      <button type="button" class="plain back always" onClick={() => history.back()}>
        <Icon name="back" /> Back
      </button>
      <LoadState
        of={session}
        what="the session"
        notKnown={
          <NotKnown title="No such session" list="/sessions" listName="All sessions">
            It is not in the store of this gateway: the address is not whole, the session was forgotten, or it is one of
            a gateway with another store.
          </NotKnown>
        }
      >
        {(detail) => (
          <>
            <h1 class="summary">
              <Text>{detail.id}</Text>
            </h1>
            <SessionFacts session={detail} />
            <SessionLabels labels={detail.labels} />
            <Timeline key={detail.ref} first={detail} />
          </>
        )}
      </LoadState>
    </article>
  );
}

function SessionFacts({ session }: { readonly session: SessionDetail }) {
  const { subject, issuer, trust, live } = session;
  return (
    <Section title="Session">
      <Facts>
        <Fact name="Agent">
          <code class="break">
            <Text>{subject}</Text>
          </code>
        </Fact>
        <Fact name="Issuer">
          <code class="break">
            <Text>{issuer}</Text>
          </code>
        </Fact>
        <Fact name="Name">{namedBy[trust]}</Fact>
        <Fact name="In memory">
          {live === null ? (
            "nothing: no call since this gateway started, or none for as long as a session may be idle"
          ) : (
            <>
              {live.calls.toLocaleString("en")} {live.calls === 1 ? "call" : "calls"}, the first <Ago at={live.since} />
              , the latest <Ago at={live.last} />
            </>
          )}
        </Fact>
      </Facts>
    </Section>
  );
}
