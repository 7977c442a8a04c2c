import type { FatigueReport } from "../../api/types.ts";
import { Section } from "../../components/section";
import { counted } from "../../text/numbers.ts";

const height = 40;
const gap = 0.2;

/** Votes per day as stacked bars: approvals below, denials on top. */
export function DayChart({ report: { days } }: { readonly report: FatigueReport }) {
  const top = Math.max(1, ...days.map(({ approved, denied }) => approved + denied));
  const busiest = days.find(({ approved, denied }) => approved + denied === top) ?? null;
  const label =
    busiest === null ? "No votes" : `Votes a day; most on ${dateText(busiest.day)}, ${counted(top, "vote")}`;
  if (days.length < 3) return null;
  return (
    <Section title="Votes a day" aside={<Legend />}>
      <div class="chart">
        <span class="chart-top quiet small" aria-hidden="true">
          {top}
        </span>
        <svg
          class="drawing"
          viewBox={`0 0 ${days.length} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={label}
        >
          {days.map((day, index) => (
            <Day key={day.day} day={day} left={index} scale={height / top} />
          ))}
        </svg>
        <div class="chart-foot quiet small" aria-hidden="true">
          <span>{dateText(days[0]?.day ?? 0)}</span>
          <span>{dateText(days.at(-1)?.day ?? 0)}</span>
        </div>
      </div>
    </Section>
  );
}

interface DayProps {
  readonly day: FatigueReport["days"][number];
  readonly left: number;
  readonly scale: number;
}

function Day({ day: { day, approved, denied }, left, scale }: DayProps) {
  const [low, high] = [approved * scale, denied * scale];
  return (
    <g>
      <title>{`${dateText(day)}: ${approved} approved, ${denied} denied`}</title>
      <rect class="bar-allow" x={left + gap / 2} width={1 - gap} y={height - low} height={low} />
      <rect class="bar-deny" x={left + gap / 2} width={1 - gap} y={height - low - high} height={high} />
    </g>
  );
}

function Legend() {
  return (
    <span class="legend">
      <span class="swatch bar-allow" aria-hidden="true" /> approved <span class="swatch bar-deny" aria-hidden="true" />{" "}
      denied
    </span>
  );
}

function dateText(day: number): string {
  return new Date(day).toLocaleDateString("en", { day: "numeric", month: "short", timeZone: "UTC" });
}
