import { briefly } from "../../components/text";
import { binNames } from "../../text/numbers.ts";

interface Props {
  readonly times: readonly number[];
  /** Limits between the bins, in seconds. */
  readonly splits: readonly number[];
  readonly who: string;
}

/** Histogram of the time to decide; one row for each bin, so that it fits on a phone. */
export function Histogram({ times, splits, who }: Props) {
  const top = Math.max(1, ...times);
  const names = binNames(splits);
  return (
    <table class="histogram">
      <caption class="visually-hidden">Votes of {briefly(who)} by time to decide</caption>
      <tbody>
        {times.map((count, index) => (
          <tr key={index}>
            <th scope="row">{names[index]}</th>
            <td class="histogram-bar">
              <svg class="drawing" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
                <rect
                  class={index < 2 ? "bar-quick" : "bar-calm"}
                  x={0}
                  y={0}
                  width={(100 * count) / top}
                  height={10}
                />
              </svg>
            </td>
            <td class="number">{count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
