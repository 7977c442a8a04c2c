/** The one call that every row of the table carries: a reversible tool that the starter policy allows to its caller. */
export const callPath = "/crm/v1/tickets/find";
/** Another one, whose answer gives its session a label. */
export const labellingPath = "/crm/v1/customers/read";
export const routePrefix = "/crm";
export const caller = { sub: "support-bot", role: "support", audience: "urn:bench:crm" } as const;

const size = 1024;

/** 1 KB of JSON as an agent's tool call has it: a few fields and one longer text. */
export function callBody(bytes = size): Buffer {
  return padded(
    {
      query: "parcel arrived damaged",
      customer_id: "c-4711",
      states: ["open", "waiting", "escalated"],
      created: { after: "2026-01-01", before: "2026-12-31" },
      sort: { by: "created", descending: true },
      limit: 20,
      note: "",
    },
    "note",
    bytes,
  );
}

/** JSON as the tool answers: tickets as far as there is room, and one longer text. */
export function answerBody(bytes: number): Buffer {
  const ticket = { id: "t-881", subject: "Parcel arrived damaged", state: "open", customer_id: "c-4711" };
  const tickets = [ticket, { ...ticket, id: "t-882" }];
  let length = JSON.stringify(tickets).length;
  for (let id = 883; length < bytes / 2; id += 1) {
    const next = { ...ticket, id: `t-${id}` };
    length += JSON.stringify(next).length + 1;
    tickets.push(next);
  }
  return padded({ tickets, next: null, note: "" }, "note", bytes);
}

function padded(value: Readonly<Record<string, unknown>>, field: string, bytes: number): Buffer {
  const words = "The customer wrote again and asks when the replacement will be sent to the new address. ";
  const missing = bytes - JSON.stringify(value).length;
  if (missing < 0) throw new RangeError(`the body cannot be as small as ${bytes} bytes`);
  return Buffer.from(
    JSON.stringify({ ...value, [field]: words.repeat(Math.ceil(missing / words.length)).slice(0, missing) }),
  );
}
