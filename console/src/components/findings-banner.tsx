import { findings } from "../state/findings";
import { Icon } from "./icon.tsx";
import { Text } from "./text.tsx";

/** The findings of `/readyz` with their fixes, on every page. */
export function FindingsBanner() {
  if (findings.value.length === 0) return null;
  const unready = findings.value.some(({ severity }) => severity === "unready");
  return (
    <div class="banner" role="alert" tabIndex={0}>
      <p>
        <Icon name="warn" />{" "}
        <strong>{unready ? "The gateway is not ready for calls." : "Something is wrong with the gateway."}</strong>
      </p>
      <ul>
        {findings.value.map(({ name, problem, fix }) => (
          <li key={name}>
            <code>{name}</code> <Text>{problem}</Text>
            {fix === null ? null : <> ({fix})</>}
          </li>
        ))}
      </ul>
    </div>
  );
}
