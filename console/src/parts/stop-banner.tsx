import { Link } from "wouter";
import { stopped } from "../state/stopped.ts";
import { Icon } from "./icon.tsx";
import { Text } from "./text.tsx";
import { Ago } from "./time.tsx";

/** The kill switch is pulled: said on every page, with the way back. */
export function StopBanner() {
  const stop = stopped.value;
  if (stop === null) return null;
  return (
    <div class="banner" role="alert" tabIndex={0}>
      <p>
        <Icon name="stop" /> <strong>All calls are stopped</strong> by <Text>{stop.by}</Text>, <Ago at={stop.at} />:{" "}
        <Text>{stop.reason}</Text> <Link href="/access">Lift it</Link>
      </p>
    </div>
  );
}
