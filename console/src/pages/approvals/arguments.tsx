import type { ApprovalCard } from "../../api/types.ts";
import { JsonPanel } from "../../parts/json-panel.tsx";
import { Section } from "../../parts/section.tsx";
import { byteLength, bytesText, jsonWarnings } from "../../text/json.ts";
import { LookClosely } from "./look-closely.tsx";

/** The exact arguments, whole; what may deceive the eye is said above them. */
export function Arguments({ binding }: { readonly binding: ApprovalCard["approval"]["binding"] }) {
  const tree = binding.arguments;
  if (tree === null) {
    return (
      <Section title="Arguments">
        <p>
          The body is not readable as JSON arguments. The approval is bound to its exact bytes:{" "}
          <code class="break">{binding.body_digest ?? "there is no body"}</code>
        </p>
      </Section>
    );
  }
  const warnings = jsonWarnings(tree);
  return (
    <Section title="Exact arguments" aside={bytesText(byteLength(JSON.stringify(tree)))}>
      <LookClosely warnings={warnings} />
      <JsonPanel value={tree} label="Arguments" />
    </Section>
  );
}
