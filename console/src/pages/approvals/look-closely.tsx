import { Icon } from "../../parts/icon.tsx";
import { Text } from "../../parts/text.tsx";
import { type Warning, warningTexts } from "../../text/warnings.ts";

const kinds = Object.keys(warningTexts) as Warning["kind"][];

/** What may deceive the eye in the arguments, one line for each kind with the places. */
export function LookClosely({ warnings }: { readonly warnings: readonly Warning[] }) {
  return (
    <div class="look-closely" role="note">
      <p>
        <Icon name="warn" /> <strong>Look closely</strong>
      </p>
      <ul>
        {kinds.map((kind) => {
          const places = warnings.filter((warning) => warning.kind === kind);
          return places.length === 0 ? null : (
            <li key={kind}>
              {warningTexts[kind]}:{" "}
              {places.map((place, index) => (
                <span key={index}>
                  <code>
                    <Text>{place.pointer}</Text>
                  </code>
                  {place.about === "" ? null : (
                    <>
                      {" "}
                      <Text>{place.about}</Text>
                    </>
                  )}
                  {index < places.length - 1 ? ", " : ""}
                </span>
              ))}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
