import type { ComponentChildren } from "preact";
import { session } from "../state/session.ts";
import { Text } from "./text.tsx";

const role = "operator";

/** As of the last sign-in or step-up; the API decides. */
export function isOperator(): boolean {
  return session.value?.roles.includes(role) === true;
}

interface Props {
  /** What only operators do, after "to". */
  readonly to: string;
  readonly children: ComponentChildren;
}

/** What only operators may use; whoever is none reads so before they fill anything in. */
export function OperatorOnly({ to, children }: Props) {
  if (isOperator()) return <>{children}</>;
  const roles = session.value?.roles ?? [];
  return (
    <p class="quiet">
      To {to} you need the role <code>{role}</code>. You have{" "}
      {roles.length === 0 ? "none" : <Text>{roles.join(", ")}</Text>}.
    </p>
  );
}
