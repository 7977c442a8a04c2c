import type { Revocation } from "../../api/types.ts";
import { Problem } from "../../components/form";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Ago } from "../../components/time";
import { Tone } from "../../components/tone";
import { useRevoke } from "../../state/use-revoke.ts";

const kinds: Readonly<Record<Revocation["kind"], string>> = {
  gateway: "All calls are stopped",
  subject: "Agent",
  session: "Session",
  task: "Task",
};

export function RevocationItem({ revocation }: { readonly revocation: Revocation }) {
  const { kind, reason, by, at, id } = revocation;
  const { problem, busy, lift } = useRevoke();
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone="deny">{kinds[kind]}</Tone>
        <ShortId id={id} what="revocation id" keep={5} />
      </div>
      <Target revocation={revocation} />
      <p>
        <q>
          <Text>{reason}</Text>
        </q>{" "}
        <span class="quiet">
          <Text>{by}</Text>, <Ago at={at} />
        </span>
      </p>
      <div class="item-actions">
        <button type="button" disabled={busy.value} onClick={() => void lift(id)}>
          {kind === "gateway" ? "Let calls through again" : "Give access back"}
        </button>
        <Problem text={problem.value} />
      </div>
    </li>
  );
}

function Target({ revocation: { target, issuer } }: { readonly revocation: Revocation }) {
  if (target === null) return null;
  return (
    <p class="item-title">
      <code class="break">
        <Text>{target}</Text>
      </code>
      {issuer === null ? null : (
        <span class="quiet">
          {" of "}
          <Text>{issuer}</Text>
        </span>
      )}
    </p>
  );
}
