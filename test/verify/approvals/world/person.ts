/** A person at the console, through the same authenticated API as the pages. */
export interface Person {
  readonly name: string;
  /** Its cookies, as a header's value. */
  readonly cookie: string;
  get(path: string): Promise<ConsoleAnswer>;
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<ConsoleAnswer>;
  /** Opens the card and votes on the digest it shows. */
  vote(id: string, ballot?: Ballot): Promise<ConsoleAnswer>;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Ballot {
  readonly vote?: "approve" | "deny";
  readonly reason?: string | null;
  readonly grant?: object;
  readonly action_digest?: string;
}

/** `own`: a cookie for a proxy before the console, which is then asked on a new connection each time. @throws Error when the console refuses */
export async function signIn(console: string, name: string, password: string, own?: string): Promise<Person> {
  const first = own === undefined ? [] : [own];
  const usual = own === undefined ? {} : { connection: "close" };
  const login = await fetch(`${console}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", ...usual, ...(own === undefined ? {} : { cookie: own }) },
    body: JSON.stringify({ user: name, password }),
  });
  if (!login.ok) throw new Error(`the console does not let ${name} in: ${login.status} ${await login.text()}`);
  const { csrf } = (await login.json()) as { csrf: string };
  const cookie = [...first, ...login.headers.getSetCookie().map((text) => text.split(";")[0])].join("; ");

  const get = async (path: string) => answered(await fetch(console + path, { headers: { cookie, ...usual } }));
  async function post(path: string, body: unknown, headers = {}): Promise<ConsoleAnswer> {
    const all = { cookie, "x-csrf-token": csrf, "content-type": "application/json", ...usual, ...headers };
    return answered(await fetch(console + path, { method: "POST", headers: all, body: JSON.stringify(body) }));
  }
  return {
    name,
    cookie,
    get,
    post,
    vote: async (id, { vote = "approve", reason = null, ...more } = {}) => {
      const action_digest = more.action_digest ?? String((await get(`/api/approvals/${id}`)).body["action_digest"]);
      return post(`/api/approvals/${id}/vote`, { vote, reason, ...more, action_digest });
    },
  };
}

async function answered(response: Response): Promise<ConsoleAnswer> {
  const text = await response.text();
  if (text === "") return { status: response.status, body: {} };
  try {
    return { status: response.status, body: JSON.parse(text) as Record<string, unknown> };
  } catch {
    throw new Error(`${response.status} ${text.slice(0, 200)}`);
  }
}

/** Votes on many at once, 100 a request, as the inbox does for what was looked at. @returns the ids that are approved now */
export async function approveAll(
  people: readonly Person[],
  items: readonly { readonly id: string; readonly action_digest: string }[],
): Promise<Set<string>> {
  const approved = new Set<string>();
  for (let at = 0; at * 100 < items.length; at++) {
    const part = items.slice(at * 100, at * 100 + 100).map(({ id, action_digest }) => ({ id, action_digest }));
    const { body } = await people[at % people.length]!.post("/api/approvals/batch", { vote: "approve", items: part });
    for (const one of (body["results"] ?? []) as { id: string; state: string | null }[])
      if (one.state === "approved") approved.add(one.id);
  }
  return approved;
}
