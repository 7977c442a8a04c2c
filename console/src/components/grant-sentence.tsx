import type { GrantScope } from "../api/types";
import { duration } from "../text/time";
import { Text } from "./text.tsx";

interface Props {
  readonly agent: string;
  readonly tool: string;
  readonly scope: GrantScope;
}

/** What a grant allows, in one sentence. */
export function GrantSentence({ agent, tool, scope }: Props) {
  return (
    <>
      <Text>{agent}</Text> may call{" "}
      <code>
        <Text>{tool}</Text>
      </code>{" "}
      {times(scope)} within {duration(scope.seconds)} of the approval{place[scope.kind]}, with{" "}
      <Same same={scope.same} />. Policy still judges each call.
    </>
  );
}

function times({ uses }: GrantScope): string {
  return uses === 1 ? "once" : `up to ${uses.toLocaleString("en")} times in all`;
}

const place: Readonly<Record<GrantScope["kind"], string>> = {
  uses: "",
  until: "",
  session: ", in the same session only",
  task: ", for the same task only",
};

function Same({ same }: { readonly same: GrantScope["same"] }) {
  if (same === "arguments") return <>exactly the same arguments</>;
  if (same.length === 0) return <strong>any arguments</strong>;
  return (
    <>
      the same values at{" "}
      {same.map((pointer, index) => (
        <span key={pointer}>
          {index > 0 ? ", " : ""}
          <code>
            <Text>{pointer}</Text>
          </code>
        </span>
      ))}{" "}
      and <strong>any other arguments</strong>
    </>
  );
}
