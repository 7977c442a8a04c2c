import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLocation } from "wouter";
import { messageOf, post } from "../api/client.ts";
import type { SessionView } from "../api/types.ts";
import { Icon } from "../components/icon";
import { Loading } from "../components/notice";
import { signedIn } from "../state/session.ts";

export const callbackPath = "/login/callback";

/**
 * The page to which the provider redirects. It posts the URL's parameters from this site, so that the browser sends the
 * SameSite=Strict cookies that it withholds from the redirect, and removes them from the address bar.
 */
export function FinishLogin() {
  const [, navigate] = useLocation();
  const problem = useSignal<string | null>(null);
  useEffect(() => {
    const parameters = location.search;
    history.replaceState(null, "", callbackPath);
    post<SessionView & { return_to: string }>("/api/login/provider/finish", { parameters }).then(
      (answer) => {
        signedIn(answer);
        navigate(answer.return_to, { replace: true });
      },
      (thrown: unknown) => void (problem.value = messageOf(thrown)),
    );
  }, []);
  if (problem.value === null) return <Loading what="your session" />;
  return (
    <main class="login">
      <div class="login-box failed" role="alert">
        <h1>
          <Icon name="warn" /> The sign-in did not finish
        </h1>
        <p>{problem.value}</p>
        <a href="/">Begin again</a>
      </div>
    </main>
  );
}
