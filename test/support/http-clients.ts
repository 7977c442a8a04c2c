import { execFile } from "node:child_process";
import { request } from "undici";

export interface HttpCall {
  readonly url: string;
  readonly token: string;
  readonly json?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface HttpSaid {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The same request by two clients that know nothing of this gateway: POST with a body, else GET. */
export const httpClients: Readonly<Record<"undici" | "curl", (call: HttpCall) => Promise<HttpSaid>>> = {
  async undici({ url, token, json, headers, signal }) {
    const {
      statusCode,
      headers: got,
      body,
    } = await request(url, {
      method: json === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, ...(json === undefined ? {} : jsonType), ...headers },
      body: json === undefined ? null : JSON.stringify(json),
      signal: signal ?? null,
    });
    const text = await body.text();
    return { status: statusCode, headers: flat(got), body: JSON.parse(text) as HttpSaid["body"] };
  },
  curl({ url, token, json, headers, signal }) {
    const all = { authorization: `Bearer ${token}`, ...(json === undefined ? {} : jsonType), ...headers };
    const given = Object.entries(all).flatMap(([name, value]) => ["--header", `${name}: ${value}`]);
    const sent = json === undefined ? [] : ["--data-binary", JSON.stringify(json)];
    const args = ["--silent", "--show-error", "--include", "--max-time", "60", ...given, ...sent, url];
    return new Promise((resolve, reject) => {
      execFile("curl", args, signal === undefined ? {} : { signal }, (failure, out) => {
        if (failure === null) resolve(readAnswer(out));
        else reject(new Error(failure.message));
      });
    });
  },
};

const jsonType = { "content-type": "application/json" };

function flat(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function readAnswer(text: string): HttpSaid {
  const end = text.indexOf("\r\n\r\n");
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 1).trim(),
  ]);
  return {
    status: Number(first.split(" ")[1]),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: JSON.parse(text.slice(end + 4)) as HttpSaid["body"],
  };
}
