import { useEffect, useState } from "preact/hooks";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ApiProblem, get } from "./api/client.ts";
import type { SessionView } from "./api/types.ts";
import { AccessPage } from "./pages/access/access-page.tsx";
import { AccountPage } from "./pages/account/account-page.tsx";
import { ApprovalsPage } from "./pages/approvals/approvals-page.tsx";
import { ConnectionsPage } from "./pages/connections/connections-page.tsx";
import { FinishConnection } from "./pages/connections/finish-connection.tsx";
import { ChannelsPage } from "./pages/channels/channels-page.tsx";
import { DecisionPage } from "./pages/decisions/decision-page.tsx";
import { DecisionsPage } from "./pages/decisions/decisions-page.tsx";
import { FatiguePage } from "./pages/fatigue/fatigue-page.tsx";
import { GrantsPage } from "./pages/grants/grants-page.tsx";
import { SessionPage } from "./pages/sessions/session-page.tsx";
import { SessionsPage } from "./pages/sessions/sessions-page.tsx";
import { TaskPage } from "./pages/tasks/task-page.tsx";
import { TasksPage } from "./pages/tasks/tasks-page.tsx";
import { ToolsPage } from "./pages/tools/tools-page.tsx";
import { callbackPath, FinishLogin } from "./pages/finish-login.tsx";
import { LoginPage } from "./pages/login.tsx";
import { Header } from "./components/header";
import { Empty, Loading } from "./components/notice";
import { FindingsBanner } from "./components/findings-banner";
import { PolicyBanner } from "./components/policy-banner";
import { StopBanner } from "./components/stop-banner";
import { approvalChanged, catchUp, loadInbox } from "./state/inbox.ts";
import { watchFindings } from "./state/findings.ts";
import { subscribe, openEventStream } from "./state/event-stream";
import { session, sessionOver, signedIn } from "./state/session.ts";
import { watchRevocations } from "./state/revocations";

export function App() {
  const [location] = useLocation();
  const cameBack = location === callbackPath;
  const [isUnready, setUnready] = useState(false);
  useEffect(() => (cameBack ? undefined : findSession(setUnready)), []);
  if (cameBack) return <FinishLogin />;
  if (session.value === undefined && isUnready) return <Empty title="Not ready">The gateway is asked again.</Empty>;
  if (session.value === undefined) return <Loading what="the console" />;
  if (session.value === null) return <LoginPage />;
  return <SignedIn key={session.value.csrf} />;
}

const askAgainMs = 3_000;

/** A gateway that cannot say whether there is a session has not ended it: it is asked until it can. Returns how to stop. */
function findSession(unready: (isSo: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function ask(): void {
    get<SessionView>("/api/session").then(signedIn, (thrown: unknown) => {
      if (thrown instanceof ApiProblem && thrown.code === "session_required") return sessionOver();
      unready(true);
      timer = setTimeout(ask, askAgainMs);
    });
  }
  ask();
  return () => clearTimeout(timer);
}

function SignedIn() {
  useEffect(startLiving, []);
  return (
    <>
      <a class="skip" href="#main">
        Skip to content
      </a>
      <Header />
      <div class="banners">
        <StopBanner />
        <FindingsBanner />
        <PolicyBanner />
      </div>
      <main id="main" tabIndex={-1}>
        <Switch>
          <Route path="/">
            <Redirect to="/approvals" replace />
          </Route>
          <Route path="/approvals/:id?">{(params) => <ApprovalsPage id={params.id ?? null} />}</Route>
          <Route path="/grants">
            <GrantsPage />
          </Route>
          <Route path="/access">
            <AccessPage />
          </Route>
          <Route path="/fatigue">
            <FatiguePage />
          </Route>
          <Route path="/channels">
            <ChannelsPage />
          </Route>
          <Route path="/tools">
            <ToolsPage />
          </Route>
          <Route path="/sessions">
            <SessionsPage />
          </Route>
          <Route path="/sessions/:ref">{(params) => <SessionPage reference={params.ref} />}</Route>
          <Route path="/tasks">
            <TasksPage />
          </Route>
          <Route path="/tasks/:id">{(params) => <TaskPage id={params.id} />}</Route>
          <Route path="/account">
            <AccountPage />
          </Route>
          <Route path="/connected-accounts">
            <ConnectionsPage />
          </Route>
          <Route path="/connected-accounts/callback/:name">
            {(params) => <FinishConnection key={params.name} name={params.name} />}
          </Route>
          <Route path="/decisions">
            <DecisionsPage />
          </Route>
          <Route path="/decisions/:id">{(params) => <DecisionPage id={params.id} />}</Route>
          <Route>
            <Empty title="Nothing is here">The address names no page of this console.</Empty>
          </Route>
        </Switch>
      </main>
    </>
  );
}

function startLiving(): () => void {
  void loadInbox();
  const stopFollowing = subscribe(approvalChanged, () => void catchUp().catch(() => null));
  const close = openEventStream();
  const watches = [watchRevocations(), watchFindings()];
  return () => {
    for (const end of watches) end();
    stopFollowing();
    close();
  };
}
