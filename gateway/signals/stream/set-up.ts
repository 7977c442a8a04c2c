import { signalEvents, type TransmitterSettings } from "../../domain/signal.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../lib/json.ts";
import type { ApiAnswer, TransmitterClient } from "./transmitter-client.ts";

/** A stream as its transmitter has it. */
export interface SetUpStream {
  readonly streamId: string;
  /** Where its SETs are polled; null for one that is pushed. */
  readonly pollUrl: string | null;
}

/** How SETs are to come, as the transmitter is told. */
export type Delivery =
  { readonly method: "push"; readonly url: string; readonly authorization: string } | { readonly method: "poll" };

const methods = { push: "urn:ietf:rfc:8935", poll: "urn:ietf:rfc:8936" } as const;

/**
 * Finds this gateway's stream at the transmitter, or makes it, and brings it to what the configuration says (SSF 1.0 §8.1.1).
 * @param known the id that the stream had last; null when there was none
 * @throws Error with a sentence for the operator
 */
export async function setUpStream(
  client: Pick<TransmitterClient, "metadata" | "call">,
  settings: TransmitterSettings,
  delivery: Delivery,
  known: string | null,
): Promise<SetUpStream> {
  const { configurationEndpoint: endpoint } = await client.metadata();
  if (endpoint === null) throw new Error("the transmitter's metadata names no configuration_endpoint");
  const wanted = wantedStream(settings, delivery);
  const fixed = settings.stream?.streamId ?? null;
  const there = await read(client, endpoint, fixed ?? known, wanted);
  if (there === null && fixed !== null) throw new Error(`the transmitter has no stream ${fixed} of this gateway`);
  const stream = there ?? (await create(client, endpoint, wanted));
  const current = differs(stream, wanted) ? await update(client, endpoint, stream, wanted) : stream;
  return checked(current, settings, delivery);
}

interface WantedStream extends JsonObject {
  readonly delivery: JsonObject;
  readonly events_requested: readonly string[];
  readonly description: string;
}

function wantedStream({ events, stream }: TransmitterSettings, delivery: Delivery): WantedStream {
  const asked = [...events].filter(([, action]) => action.do !== "ignore").map(([name]) => signalEvents[name]);
  const method = methods[delivery.method];
  const push =
    delivery.method === "push" ? { endpoint_url: delivery.url, authorization_header: delivery.authorization } : {};
  return { delivery: { method, ...push }, events_requested: asked, description: stream?.description ?? "Sallyport" };
}

/** The stream of this id, else one that has this gateway's description and way of delivery; null when there is none. */
async function read(
  client: Pick<TransmitterClient, "call">,
  endpoint: string,
  id: string | null,
  wanted: WantedStream,
): Promise<JsonObject | null> {
  if (id !== null) {
    const found = await client.call({ method: "GET", url: withStream(endpoint, id) });
    if (found.status === 200) return objectIn(found, "the stream");
    if (found.status !== 404) throw unexpected(found, "read the stream");
  }
  const answer = await client.call({ method: "GET", url: endpoint });
  if (answer.status === 404) return null;
  if (answer.status !== 200) throw unexpected(answer, "list the streams");
  const all: readonly (JsonValue | undefined)[] = Array.isArray(answer.document) ? answer.document : [answer.document];
  const ours = all.filter(isJsonObject).filter((stream) => stream["description"] === wanted.description);
  return ours.find((stream) => methodOf(stream) === wanted.delivery["method"]) ?? null;
}

async function create(
  client: Pick<TransmitterClient, "call">,
  endpoint: string,
  wanted: WantedStream,
): Promise<JsonObject> {
  const answer = await client.call({ method: "POST", url: endpoint, body: wanted });
  if (answer.status === 201 || answer.status === 200) return objectIn(answer, "the stream");
  if (answer.status !== 409) throw unexpected(answer, "make a stream");
  // It allows one stream only, and that is another's, or was made by hand.
  const message = "the transmitter has a stream of this gateway already, and allows no second one";
  throw new Error(`${message}; name it in stream.id, and it is changed to what the configuration says`);
}

async function update(
  client: Pick<TransmitterClient, "call">,
  endpoint: string,
  stream: JsonObject,
  wanted: WantedStream,
): Promise<JsonObject> {
  const body = { stream_id: stream["stream_id"] ?? null, ...wanted };
  const answer = await client.call({ method: "PATCH", url: endpoint, body });
  // 202: it is changed later (SSF 1.0 §8.1.1.3).
  if (answer.status === 202) return stream;
  if (answer.status !== 200) throw unexpected(answer, "change the stream");
  return objectIn(answer, "the stream");
}

/** A push credential may have been rotated, and no transmitter need say which one it has: it is told anew. */
function differs(stream: JsonObject, wanted: WantedStream): boolean {
  if (wanted.delivery["authorization_header"] !== undefined) return true;
  const requested = stream["events_requested"];
  const has = new Set(Array.isArray(requested) ? requested : []);
  return methodOf(stream) !== wanted.delivery["method"] || wanted.events_requested.some((uri) => !has.has(uri));
}

function methodOf({ delivery }: JsonObject): JsonValue {
  return isJsonObject(delivery) ? (delivery["method"] ?? null) : null;
}

/** SSF 1.0 §8.1.1.1: its issuer and audience must be those that SETs are checked against. */
function checked(
  stream: JsonObject,
  { issuer, audience, delivery }: TransmitterSettings,
  wanted: Delivery,
): SetUpStream {
  const { iss, aud, stream_id: streamId } = stream;
  if (iss !== issuer) throw new Error(`the stream is of another issuer than ${issuer}`);
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(audience))
    throw new Error(`the stream's audience is ${JSON.stringify(aud)?.slice(0, 200)}; name it in audience`);
  if (typeof streamId !== "string" || streamId === "") throw new Error("the stream has no id");
  if (wanted.method === "push") return { streamId, pollUrl: null };
  const url = isJsonObject(stream["delivery"]) ? stream["delivery"]["endpoint_url"] : null;
  const configured = delivery.method === "poll" ? delivery.url : null;
  if (configured === null && typeof url !== "string") throw new Error("the stream names no address to poll");
  return { streamId, pollUrl: configured ?? String(url) };
}

/** Adds the subjects of the configuration; adding one twice changes nothing. @throws Error */
export async function addSubjects(
  client: Pick<TransmitterClient, "metadata" | "call">,
  streamId: string,
  subjects: readonly JsonObject[],
): Promise<void> {
  if (subjects.length === 0) return;
  const { addSubjectEndpoint: url } = await client.metadata();
  if (url === null) throw new Error("the transmitter's metadata names no add_subject_endpoint");
  for (const subject of subjects) {
    const answer = await client.call({ method: "POST", url, body: { stream_id: streamId, subject } });
    if (answer.status !== 200 && answer.status !== 204) throw unexpected(answer, "add a subject to the stream");
  }
}

export function withStream(endpoint: string, streamId: string): string {
  const url = new URL(endpoint);
  url.searchParams.set("stream_id", streamId);
  return url.href;
}

function objectIn({ document }: ApiAnswer, what: string): JsonObject {
  if (isJsonObject(document)) return document;
  throw new Error(`the transmitter's answer is not ${what} as a JSON object`);
}

export function unexpected({ status }: Pick<ApiAnswer, "status">, what: string): Error {
  const why = status === 401 || status === 403 ? "; look at the credential under api" : "";
  return new Error(`the transmitter answered ${status} to the request to ${what}${why}`);
}
