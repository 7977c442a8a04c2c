import { Icon } from "../../components/icon";
import { BriefText } from "../../components/text";
import { type Warning, warningTexts } from "../../text/warnings.ts";

const kinds = Object.keys(warningTexts) as Warning["kind"][];
/** Places listed for each kind of warning; the rest is counted. */
const mostPlaces = 12;

/** Warnings about deceptive text: one line for each kind, with the places. */
export function TextWarnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  if (warnings.length === 0) return null;
  return (
    <div class="look-closely" role="note">
      <p>
        <Icon name="warn" /> <strong>Look closely</strong>
      </p>
      <ul>
        {kinds.map((kind) => (
          <Places key={kind} kind={kind} of={warnings.filter((warning) => warning.kind === kind)} />
        ))}
      </ul>
    </div>
  );
}

function Places({ kind, of }: { readonly kind: Warning["kind"]; readonly of: readonly Warning[] }) {
  if (of.length === 0) return null;
  const shown = of.slice(0, mostPlaces);
  return (
    <li>
      {warningTexts[kind]}:{" "}
      {shown.map((place, index) => (
        <span key={index}>
          <code>
            <BriefText most={80}>{place.pointer}</BriefText>
          </code>
          {place.about === "" ? null : (
            <>
              {" "}
              <BriefText most={80}>{place.about}</BriefText>
            </>
          )}
          {index < shown.length - 1 ? ", " : ""}
        </span>
      ))}
      {of.length > shown.length ? ` and ${of.length - shown.length} more` : ""}
    </li>
  );
}
