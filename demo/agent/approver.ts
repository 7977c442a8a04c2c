import { setTimeout } from "node:timers/promises";

/** The fields of a held call that the scripted approver needs. */
export interface HeldItem {
  readonly id: string;
  readonly state: string;
  readonly summary: string;
  readonly tool: string;
  readonly agent: string;
  readonly action_digest: string;
  /** Minimum review time before it may be approved, in milliseconds. */
  readonly review_ms: number;
}

/** A scripted approver, who uses the console's authenticated API. */
export interface Approver {
  open(): Promise<Omit<HeldItem, "action_digest">[]>;
  show(id: string): Promise<HeldItem>;
  /** Reads the held call and votes on its digest. @throws Error with the console's answer when it refuses */
  approve(id: string): Promise<HeldItem>;
  deny(id: string, reason: string): Promise<HeldItem>;
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

/** Signs in. @throws Error when the console refuses */
export async function signIn(console: string, user: string, password: string): Promise<Approver> {
  const login = await fetch(`${console}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user, password }),
  });
  const { csrf } = (await answered(login)) as { csrf: string };
  const cookie = login.headers
    .getSetCookie()
    .map((text) => text.split(";")[0])
    .join("; ");

  async function get(path: string): Promise<unknown> {
    return answered(await fetch(console + path, { headers: { cookie } }));
  }

  async function post(path: string, json: object): Promise<unknown> {
    const headers = { cookie, "x-csrf-token": csrf, "content-type": "application/json" };
    return answered(await fetch(console + path, { method: "POST", headers, body: JSON.stringify(json) }));
  }

  /** Reports the call as shown on a screen, as the console's page does, for the given time. */
  async function look(id: string, ms: number): Promise<void> {
    for (let left = ms; left > 0;) {
      const { viewed_ms } = (await post(`/api/approvals/${id}/viewing`, { visible: true })) as { viewed_ms: number };
      left = ms - viewed_ms;
      if (left > 0) await setTimeout(Math.min(left, 2_000));
    }
  }

  async function vote(id: string, ballot: { vote: "approve" | "deny"; reason: string | null }): Promise<HeldItem> {
    const { action_digest, review_ms } = (await get(`/api/approvals/${id}`)) as HeldItem;
    if (ballot.vote === "approve") await look(id, review_ms);
    return (await post(`/api/approvals/${id}/vote`, { ...ballot, action_digest })) as HeldItem;
  }

  return {
    get,
    post,
    open: async () => ((await get("/api/approvals?state=open&limit=200")) as { items: HeldItem[] }).items,
    show: async (id) => (await get(`/api/approvals/${id}`)) as HeldItem,
    approve: (id) => vote(id, { vote: "approve", reason: null }),
    deny: (id, reason) => vote(id, { vote: "deny", reason }),
  };
}

async function answered(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`console: ${response.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}
