import { policyStatus } from "../state/live.ts";
import { Icon } from "./icon.tsx";
import { Ago } from "./time.tsx";

/** The last edit did not become the active policy: says so on every page until one does. */
export function PolicyBanner() {
  const failure = policyStatus.value?.failure ?? null;
  if (failure === null) return null;
  const still =
    policyStatus.value?.active === null
      ? "No policy is active: every call is refused."
      : "The last good revision stays active.";
  return (
    <div class="banner" role="alert">
      <p>
        <Icon name="warn" /> <strong>The last policy edit is broken</strong> ({failure.stage}, <Ago at={failure.at} />
        ). {still}
      </p>
      {failure.locations.length === 0 ? (
        <pre>{failure.message}</pre>
      ) : (
        <ul>
          {failure.locations.map((place) => (
            <li key={`${place.file}:${place.line} ${place.message}`}>
              <code>
                {place.file}:{place.line}
              </code>{" "}
              {place.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
