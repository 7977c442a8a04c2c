import { hash } from "node:crypto";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import { MessageImprint, TimeStampReq, TimeStampReqVersion } from "@peculiar/asn1-tsp";
import { AlgorithmIdentifier } from "@peculiar/asn1-x509";
import { parseCheckpoint } from "../../lib/tlog/checkpoint.ts";
import { TreeFolder } from "../tree/tree-folder.ts";
import { StampFolder } from "./stamp-folder.ts";
import { SHA256 } from "./signing-certificate.ts";
import { tokenIn, verifyTimeStamp } from "./token.ts";

/** Sends a request to the authority. @throws Error when there is no answer */
export type PostRequest = (request: Buffer) => Promise<{ readonly status: number; readonly body: Buffer }>;

export interface TimeStamperOptions {
  /** Folder of the log. */
  readonly dir: string;
  readonly post: PostRequest;
  /** Eight bytes that nobody can foretell. */
  readonly nonce: () => Buffer;
}

/** Has the newest checkpoint of the log stamped by an authority (RFC 3161), whenever there are new lines. */
export class TimeStamper {
  readonly #options: TimeStamperOptions;
  readonly #tree: TreeFolder;
  readonly #stamps: StampFolder;
  /** In milliseconds since 1970, as the token says; null: there is none. */
  #newestAt: number | null = null;

  constructor(options: TimeStamperOptions) {
    this.#options = options;
    this.#tree = new TreeFolder(options.dir);
    this.#stamps = new StampFolder(options.dir);
    const newest = this.#stamps.sizes().at(-1);
    if (newest !== undefined) this.#newestAt = timeIn(() => this.#stamps.read(newest).response);
  }

  get newestAt(): number | null {
    return this.#newestAt;
  }

  /**
   * What is kept is an answer over the checkpoint whose signature holds by the certificate in it; whether that is the authority's is for
   * those who have the authority's own.
   * @throws Error when the authority grants no time stamp, or answers with one that was not asked for or does not hold
   */
  async submit(): Promise<void> {
    const text = this.#tree.read("checkpoint");
    const size = parseCheckpoint(text ?? "")?.size ?? 0;
    const known = this.#stamps.sizes().at(-1) ?? 0;
    if (size < known)
      throw new Error(`the log has ${size} lines, and had ${known} when it was stamped: lines are gone`);
    if (text === null || size === known) return;
    const checkpoint = Buffer.from(text);
    const nonce = positive(this.#options.nonce());
    const { status, body: response } = await this.#options.post(requestFor(checkpoint, nonce));
    if (status !== 200) throw new Error(`it answers ${status}`);
    const { info } = tokenIn(response);
    const { at } = verifyTimeStamp(response, checkpoint, []);
    if (info.nonce === undefined || !Buffer.from(info.nonce).equals(nonce))
      throw new Error("it answers with the token of another request");
    this.#stamps.keep({ size, checkpoint, response });
    this.#newestAt = at;
  }
}

/** Null for an answer that was damaged since: `audit verify` tells that. */
function timeIn(response: () => Buffer): number | null {
  try {
    return tokenIn(response()).info.genTime.getTime();
  } catch {
    return null;
  }
}

/** RFC 3161 §2.4.1, DER: the certificate is wanted in the answer, so that this can be verified years later. */
function requestFor(data: Buffer, nonce: Buffer): Buffer {
  const request = new TimeStampReq({
    version: TimeStampReqVersion.v1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithm: SHA256, parameters: null }),
      hashedMessage: new OctetString(hash("sha256", data, "buffer")),
    }),
    nonce: Uint8Array.from(nonce).buffer,
    certReq: true,
  });
  return Buffer.from(AsnConvert.serialize(request));
}

/** As the shortest INTEGER that is greater than zero. */
function positive(bytes: Buffer): Buffer {
  const nonce = Buffer.from(bytes);
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40;
  return nonce;
}
