import type { ComponentChildren } from "preact";
import type { PolicyStatus } from "../api/types";
import { policyStatus } from "../state/event-stream";
import { Icon } from "./icon.tsx";
import { Ago } from "./time.tsx";

interface Line {
  readonly at: string | null;
  readonly text: string;
}

/** Problems of the policy, on every page: a broken edit, rules that fail, rules and names in the data without effect. */
export function PolicyBanner() {
  const status = policyStatus.value;
  if (status === null) return null;
  const { active, failure, warnings, faults } = status;
  const still =
    active === null ? "No policy is active: every call is refused." : "The last good revision stays active.";
  return (
    <>
      {failure === null ? null : (
        <Banner
          lines={
            failure.locations.length === 0
              ? failure.message.split("\n").map((text) => ({ at: null, text }))
              : failure.locations.map(located)
          }
        >
          <strong>{notActive(failure)}</strong> ({failure.stage}, <Ago at={failure.at} />
          ). {still}
          {failure.retried ? " It is tried again by itself." : null}
        </Banner>
      )}
      {faults.length === 0 ? null : (
        <Banner
          lines={faults.map(({ place, code, detail, count }) => ({
            at: place === null ? null : `${place.file}:${place.line}`,
            text: `${code}, ${count} times: ${detail}`,
          }))}
        >
          <strong>The active policy is at fault</strong>: {whatFollowed(faults)} because its rules gave no usable
          answer.
        </Banner>
      )}
      {warnings.length === 0 ? null : (
        <Banner lines={warnings.map(located)}>
          <strong>Parts of the active policy have no effect.</strong>
        </Banner>
      )}
    </>
  );
}

/** The words of the finding on /readyz. */
function notActive({ stage, edited }: NonNullable<PolicyStatus["failure"]>): string {
  if (edited !== null) return `The edit of ${edited} is not active`;
  return stage === "activate" ? "The policy is not applied" : "The policy source cannot be read";
}

/** A rule about the log that is at fault refuses no call. */
function whatFollowed(faults: PolicyStatus["faults"]): string {
  const ofLog = faults.every(({ entrypoint }) => entrypoint === "mask" || entrypoint === "drop");
  return ofLog ? "records were masked whole" : "calls were refused";
}

function located({
  file,
  line,
  message,
}: {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}): Line {
  return { at: `${file}:${line}`, text: message };
}

function Banner({ lines, children }: { readonly lines: readonly Line[]; readonly children: ComponentChildren }) {
  return (
    <div class="banner" role="alert" tabIndex={0}>
      <p>
        <Icon name="warn" /> {children}
      </p>
      <ul>
        {lines.map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            {at === null ? null : <code>{at}</code>} {text}
          </li>
        ))}
      </ul>
    </div>
  );
}
