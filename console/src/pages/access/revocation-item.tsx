import type { Revocation } from "../../api/types.ts";
import { Problem } from "../../components/form";
import { isOperator } from "../../components/operator-only";
import { ShortId } from "../../components/short-id";
import { Text } from "../../components/text";
import { Ago, Countdown } from "../../components/time";
import { Tone } from "../../components/tone";
import { useRevoke } from "../../state/use-revoke.ts";
import { callersText } from "../../text/endings.ts";
import { kindWords } from "./kinds.ts";

export function RevocationItem({ revocation }: { readonly revocation: Revocation }) {
  const { kind, reason, by, at, id, until } = revocation;
  const { problem, busy, lift } = useRevoke();
  return (
    <li class="item">
      <div class="item-top">
        <Tone tone="deny">{kindWords[kind].title}</Tone>
        {until === null ? null : <Countdown until={until} />}
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
        {isOperator() ? (
          <button type="button" disabled={busy.value} onClick={() => void lift(id)}>
            {kind === "gateway" ? "Let calls through again" : "Give access back"}
          </button>
        ) : null}
        <Problem text={problem.value} />
      </div>
    </li>
  );
}

function Target({ revocation: { target, issuer, callers = [], before = null } }: { readonly revocation: Revocation }) {
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
      {callers.length === 0 ? null : (
        <span class="quiet">
          {" and every other session that only "}
          <Text>{callersText(callers)}</Text>
          {" names"}
        </span>
      )}
      {before === null ? null : (
        <span class="quiet">
          {" with tokens from before "}
          <time datetime={new Date(before).toISOString()}>{new Date(before).toISOString()}</time>
        </span>
      )}
    </p>
  );
}
