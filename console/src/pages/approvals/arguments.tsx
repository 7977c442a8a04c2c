import type { ApprovalCard } from "../../api/types.ts";
import { JsonPanel } from "../../components/json-panel";
import { Section } from "../../components/section";
import { byteLength, bytesText, jsonWarnings } from "../../text/json.ts";
import { TextWarnings } from "./text-warnings";

/** The exact arguments in full, with warnings about deceptive text above them. */
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
      <TextWarnings warnings={warnings} />
      <JsonPanel value={tree} label="Arguments" />
    </Section>
  );
}
