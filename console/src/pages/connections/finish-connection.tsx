import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Link, useLocation } from "wouter";
import { messageOf, post } from "../../api/client.ts";
import { Icon } from "../../components/icon";
import { Loading } from "../../components/notice";

/**
 * The page to which the other side redirects. It posts the URL's parameters from this site, so that the browser sends the
 * SameSite=Strict cookies that it withholds from the redirect, and removes them from the address bar.
 */
export function FinishConnection({ name }: { readonly name: string }) {
  const [here, navigate] = useLocation();
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const parameters = location.search;
    history.replaceState(null, "", here);
    post(`/api/connected-accounts/${encodeURIComponent(name)}/finish`, { parameters }).then(
      () => navigate("/connected-accounts", { replace: true }),
      (thrown: unknown) => void (problem.value = messageOf(thrown)),
    );
  }, []);
  if (problem.value === null) return <Loading what="the connection" />;
  return (
    <div class="notice failed" role="alert">
      <h1>
        <Icon name="warn" /> Nothing was connected
      </h1>
      <p>{problem.value}</p>
      <Link href={`/connected-accounts?connect=${encodeURIComponent(name)}`}>Begin again</Link>
    </div>
  );
}
