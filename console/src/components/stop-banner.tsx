import { Link } from "wouter";
import { stopped } from "../state/revocations";
import { Icon } from "./icon.tsx";
import { isOperator } from "./operator-only";
import { Text } from "./text.tsx";
import { Ago } from "./time.tsx";

/** Banner on every page while the kill switch is on, with a link to lift it. */
export function StopBanner() {
  const stop = stopped.value;
  if (stop === null) return null;
  return (
    <div class="banner" role="alert" tabIndex={0}>
      <p>
        <Icon name="stop" /> <strong>All calls are stopped</strong> by <Text>{stop.by}</Text>, <Ago at={stop.at} />:{" "}
        <Text>{stop.reason}</Text> {isOperator() ? <Link href="/access">Lift it</Link> : "Operators can lift it."}
      </p>
    </div>
  );
}
