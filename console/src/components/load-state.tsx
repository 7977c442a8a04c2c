import type { ComponentChildren } from "preact";
import type { Resource } from "../state/use-resource";
import { Empty, Failed, Loading } from "./notice.tsx";

interface Props<T> {
  readonly of: Resource<T>;
  readonly what: string;
  /** In the place of the error where nothing is kept under the address. */
  readonly notKnown?: ComponentChildren;
  readonly children: (data: T) => ComponentChildren;
}

/** The state of a resource: loading, forbidden, not known, failed, or its content. */
export function LoadState<T>({ of: { data, problem, forbidden, unknown, load }, what, notKnown, children }: Props<T>) {
  if (forbidden.value) return <Empty title="Not for your roles">{problem.value}</Empty>;
  if (unknown.value && notKnown !== undefined) return <>{notKnown}</>;
  if (data.value !== null) {
    return (
      <>
        {problem.value === null ? null : (
          <p class="problem" role="alert">
            {problem.value} What is shown may be old.
          </p>
        )}
        {children(data.value)}
      </>
    );
  }
  if (problem.value !== null) return <Failed message={problem.value} retry={() => void load()} />;
  return <Loading what={what} />;
}
