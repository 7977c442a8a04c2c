/** AWS's own cases for Signature Version 4; where they come from: README.md beside this file. */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { authorizationOf } from "../../../gateway/credentials/aws/sign.ts";

interface Case {
  readonly name: string;
  readonly context: {
    readonly credentials: { access_key_id: string; secret_access_key: string; token?: string };
    readonly region: string;
    readonly service: string;
    readonly timestamp: string;
    readonly sign_body: boolean;
    readonly omit_session_token?: boolean;
  };
  readonly request: string;
  readonly signature: string;
}

const cases = JSON.parse(readFileSync(new URL("cases.json", import.meta.url), "utf8")) as Case[];

/** Targets that the gateway never sends: it refuses dot segments and empty ones, and sends no raw blank or letter beyond ASCII. */
const neverSent = new Set([
  ...["get-relative-relative-unnormalized", "get-relative-unnormalized", "get-slash-dot-slash-unnormalized"],
  ...["get-slash-pointless-dot-unnormalized", "get-slash-unnormalized", "get-slashes-unnormalized"],
  ...["get-space-normalized", "get-space-unnormalized", "get-utf8"],
]);

test("there are the cases of the whole suite", () => {
  expect(cases).toHaveLength(38);
  expect([...neverSent].filter((name) => !cases.some((one) => one.name === name))).toEqual([]);
});

test.each(cases.filter(({ name }) => !neverSent.has(name)).map((one) => [one.name, one] as const))(
  "signs %s as AWS does",
  (_name, { context, request, signature }) => {
    const { method, target, headers, body } = read(request);
    headers["x-amz-date"] = context.timestamp.replace(/[:-]/g, "");
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token } = context.credentials;
    if (token !== undefined && context.omit_session_token !== true) headers["x-amz-security-token"] = token;
    if (context.sign_body) headers["x-amz-content-sha256"] = hash("sha256", body);
    const bytes = body === "" ? null : Buffer.from(body);
    const secrets = { accessKeyId, secretAccessKey, sessionToken: token ?? null };
    const authorization = authorizationOf({ method, target, headers, body: bytes }, secrets, context);
    expect(authorization).toContain(`Credential=${accessKeyId}/20150830/us-east-1/service/aws4_request`);
    expect(authorization).toMatch(new RegExp(`Signature=${signature}$`));
  },
);

function read(text: string) {
  const [head = "", ...rest] = text.split(/\r?\n\r?\n/);
  const [first = "", ...lines] = head.split(/\r?\n/).filter((line) => line !== "");
  const [, method = "", target = ""] = /^(\S+) (.*) HTTP\/1\.1$/.exec(first) ?? [];
  const headers: Record<string, string> = {};
  let last = "";
  for (const line of lines) {
    // A header may go on in the next line, or come again: either is one value with a comma or a blank between (RFC 9110 §5.2).
    if (/^\s/.test(line)) headers[last] += ` ${line.trim()}`;
    else {
      const at = line.indexOf(":");
      last = line.slice(0, at).toLowerCase();
      const value = line.slice(at + 1).trim();
      headers[last] = Object.hasOwn(headers, last) ? `${headers[last]},${value}` : value;
    }
  }
  return { method, target, headers, body: rest.join("\n\n") };
}
