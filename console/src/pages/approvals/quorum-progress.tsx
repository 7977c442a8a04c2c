import type { ApprovalCard } from "../../api/types.ts";
import { Text } from "../../components/text";

type Place = ApprovalCard["require"][number];

/** The required approvals by role, and how many are given: "1 of 2 approvals; still needed 1". */
export function QuorumProgress({ card }: { readonly card: ApprovalCard }) {
  const places = card.require.reduce((sum, { count }) => sum + count, 0);
  const filled = places - card.places_left;
  return (
    <>
      {places > 1 ? (
        <span class="needs">
          <span class="steps" aria-hidden="true">
            {Array.from({ length: places }, (_, index) => (
              <span key={index} class={index < filled ? "step filled" : "step"} />
            ))}
          </span>{" "}
          {filled} of {places} approvals:{" "}
        </span>
      ) : null}
      {card.require.map((place, index) => (
        <span key={index}>
          {index > 0 ? "; " : ""}
          <PlaceText place={place} />
        </span>
      ))}
    </>
  );
}

function PlaceText({ place }: { readonly place: Place }) {
  return (
    <>
      {place.count} × <Text>{place.role}</Text>
      {place.outside_team === undefined ? null : (
        <>
          {" not of team "}
          <Text>{place.outside_team}</Text>
        </>
      )}
    </>
  );
}
