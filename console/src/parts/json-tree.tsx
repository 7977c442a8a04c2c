import type { JsonValue } from "../api/types.ts";
import { byteLength, bytesText, entriesOf } from "../text/json.ts";
import { Text } from "./text.tsx";

/** Longer strings get a box of their own to scroll in, so that one of them cannot push the others out of sight. */
const longBytes = 2_000;

/** A JSON value, whole, one value a line. */
export function JsonTree({ value }: { readonly value: JsonValue }) {
  const entries = entriesOf(value);
  if (entries.length === 0) return <Scalar value={value} />;
  return (
    <ul class="json">
      {entries.map(([name, inner]) => (
        <li key={name}>
          <span class="json-key">{Array.isArray(value) ? `[${name}]` : <Text>{name}</Text>}</span>{" "}
          <JsonTree value={inner} />
        </li>
      ))}
    </ul>
  );
}

function Scalar({ value }: { readonly value: JsonValue }) {
  if (typeof value !== "string") return <span class="json-plain">{JSON.stringify(value)}</span>;
  const bytes = byteLength(value);
  const size = bytes > 40 || bytes !== value.length ? <span class="size"> {bytesText(bytes)}</span> : null;
  if (bytes > longBytes) {
    return (
      <>
        {size}
        <span class="json-long" tabIndex={0} role="region" aria-label={`Long text, ${bytesText(bytes)}`}>
          <Text>{value}</Text>
        </span>
      </>
    );
  }
  return (
    <>
      <span class="json-string">
        "<Text>{value}</Text>"
      </span>
      {size}
    </>
  );
}
