/**
 * AssumeRole and AssumeRoleWithWebIdentity of STS, as their documentation describes them: a small server of our own, since no package
 * ships AWS. It checks the signature of what arrives, and gives a session that it remembers.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { signatureProblem } from "./check-signature.ts";

export interface GivenSession {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  /** What it was asked with. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface TestSts {
  readonly origin: string;
  readonly sessions: readonly GivenSession[];
  /** How long the next sessions last; null: as long as they are asked for. */
  lastsMs: number | null;
  /** Answers the next requests so, with a code as STS has them. */
  failing: { readonly status: number; readonly code: string } | null;
  close(): Promise<void>;
}

export const baseKeys = { id: "AKIABASEKEYOFTHETEST", secret: "base-secret-canary/of+the/test" };
export const webIdentity = "web-identity-canary";

export async function startSts(): Promise<TestSts> {
  const sessions: GivenSession[] = [];
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on("data", (chunk: Buffer) => chunks.push(chunk));
    req.on("end", () => {
      const body = Buffer.concat(chunks);
      const form = Object.fromEntries(new URLSearchParams(body.toString()));
      const problem = problemOf(
        { method: req.method ?? "", target: req.url ?? "", headers: req.rawHeaders, body },
        form,
      );
      if (sts.failing !== null || problem !== null) {
        const { status, code } = sts.failing ?? { status: 403, code: "SignatureDoesNotMatch" };
        // The words of an error may quote what was sent.
        const words = `${problem ?? ""} ${form["WebIdentityToken"] ?? ""} ${baseKeys.secret}`;
        res.writeHead(status, { "content-type": "text/xml" });
        res.end(
          `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${words}</Message></Error></ErrorResponse>`,
        );
        return;
      }
      const session = { ...newSession(sessions.length + 1), parameters: form };
      sessions.push(session);
      res.writeHead(200, { "content-type": "text/xml" }).end(answerOf(session, sts.lastsMs));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const sts: TestSts = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions,
    lastsMs: null,
    failing: null,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return sts;
}

function problemOf(
  request: Parameters<typeof signatureProblem>[0],
  form: Readonly<Record<string, string>>,
): string | null {
  if (form["Version"] !== "2011-06-15") return "no such version";
  if (form["Action"] === "AssumeRoleWithWebIdentity")
    return form["WebIdentityToken"] === webIdentity ? null : "no such identity";
  if (form["Action"] !== "AssumeRole") return "no such action";
  return signatureProblem(request, (id) => (id === baseKeys.id ? baseKeys.secret : null));
}

function newSession(number: number) {
  return {
    accessKeyId: `ASIASESSION${String(number).padStart(9, "0")}`,
    secretAccessKey: `session-secret-canary/${number}`,
    sessionToken: `session-token-canary-${number}==`,
  };
}

function answerOf(
  { accessKeyId, secretAccessKey, sessionToken, parameters }: GivenSession,
  lastsMs: number | null,
): string {
  const action = parameters["Action"] ?? "";
  const expires = new Date(Date.now() + (lastsMs ?? Number(parameters["DurationSeconds"]) * 1_000)).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <${action}Result>
    <AssumedRoleUser><AssumedRoleId>ARO123EXAMPLE123:session</AssumedRoleId><Arn>arn:aws:sts::1:assumed-role/r/s</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${accessKeyId}</AccessKeyId>
      <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken>
      <Expiration>${expires}</Expiration>
    </Credentials>
  </${action}Result>
  <ResponseMetadata><RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>
</${action}Response>`;
}
