import { Link } from "wouter";
import type { DecisionRow } from "../../api/types.ts";
import { ShortId } from "../../components/short-id";
import { StateTag } from "../../components/state-tag";
import { briefly, Text } from "../../components/text";
import { Ago } from "../../components/time";
import { tookText } from "../../text/numbers.ts";

export function DecisionLine({ row }: { readonly row: DecisionRow }) {
  return (
    <tr>
      <td class="when">
        <Link href={`/decisions/${encodeURIComponent(row.decision_id)}`}>
          <Ago at={Date.parse(row.timestamp)} />
          <span class="visually-hidden">, open the record of {briefly(row.tool ?? "a refused request")}</span>
        </Link>
      </td>
      <td>
        <StateTag state={row.effect} />
      </td>
      <td class="tool">
        <code>{row.tool === null ? <span class="quiet">none</span> : <Text>{row.tool}</Text>}</code>
        {row.action === null || row.action === "tools/call" ? null : (
          <span class="quiet">
            {" "}
            <Text>{row.action}</Text>
          </span>
        )}
      </td>
      <td class="agent">
        {row.subject === null ? <span class="quiet">not identified</span> : <Text>{row.subject}</Text>}
      </td>
      <td class="why">
        <Why row={row} />
      </td>
      <td class="outcome">
        {row.outcome ?? <span class="quiet">none recorded</span>}{" "}
        {row.status === null ? null : <span class="quiet">{row.status}</span>}
      </td>
      <td class="number">{row.duration_ms === null ? "" : tookText(row.duration_ms)}</td>
      <td class="id">
        <ShortId id={row.decision_id} what="decision id" keep={5} />
      </td>
    </tr>
  );
}

function Why({ row }: { readonly row: DecisionRow }) {
  if (row.message !== null) return <Text>{row.message}</Text>;
  return row.codes.length === 0 ? <span class="quiet">no rule objected</span> : <code>{row.codes.join(", ")}</code>;
}
