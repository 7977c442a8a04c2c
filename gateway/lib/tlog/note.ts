import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";

/** Signature types of C2SP signed-note: Ed25519 over the text, and over the text with a time (C2SP tlog-cosignature). */
export const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
export type SignatureType = typeof ED25519 | typeof COSIGNATURE;

/** A key that verifies notes: what a vkey text says. */
export interface NoteKey {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly id: string;
  readonly key: KeyObject;
  readonly vkey: string;
}

export interface NoteSignature {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly id: string;
  readonly bytes: Buffer;
}

export interface Note {
  /** With its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const forms: Readonly<Record<SignatureType, string>> = {
  [ED25519]: "verifier key of Ed25519, such as example.com/log+530d903a+AekyeR…",
  [COSIGNATURE]: "verifier key of a witness, such as example.com/witness+7a1c2b3d+BAx3pO…",
};

const nameForm = /^[^\s+\p{Z}]+$/u;

/** The public key of a signer. @throws Error for a name with spaces or a plus, or a key that is not Ed25519 */
export function noteKey(name: string, key: KeyObject, type: SignatureType = ED25519): NoteKey {
  if (!nameForm.test(name)) throw new Error(`the key name ${JSON.stringify(name)} has a space or a plus`);
  if (key.asymmetricKeyType !== "ed25519") throw new Error("expected an Ed25519 key");
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  const raw = Buffer.from(publicKey.export({ format: "jwk" }).x ?? "", "base64url");
  const typed = Buffer.concat([Buffer.from([type]), raw]);
  const id = hash("sha256", Buffer.concat([Buffer.from(`${name}\n`), typed]), "hex").slice(0, 8);
  return { name, id, key: publicKey, vkey: `${name}+${id}+${typed.toString("base64")}` };
}

/** Reads a vkey text. @throws Error when it is none of that type, or its id is of another name or key */
export function parseVkey(vkey: string, type: SignatureType = ED25519): NoteKey {
  const [, name = "", id = "", encoded = ""] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(vkey) ?? [];
  const typed = Buffer.from(encoded, "base64");
  if (typed.length !== 33 || typed[0] !== type) throw new Error(`${JSON.stringify(vkey)} is no ${forms[type]}`);
  const x = typed.subarray(1).toString("base64url");
  const key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  const made = noteKey(name, key, type);
  if (made.id !== id)
    throw new Error(`the id in the verifier key ${JSON.stringify(vkey)} is not that of its name and key`);
  return made;
}

/** One signature line, with its line feed. */
export function signatureLine(key: NoteKey, privateKey: KeyObject, text: string): string {
  return lineOf(key, sign(null, Buffer.from(text), privateKey));
}

/** A signature line of the bytes that follow on the key's id. */
export function lineOf({ name, id }: Pick<NoteKey, "name" | "id">, signature: Buffer): string {
  return `— ${name} ${Buffer.concat([Buffer.from(id, "hex"), signature]).toString("base64")}\n`;
}

const signatureForm = /^— ([^\s+\p{Z}]+) ([A-Za-z0-9+/]+={0,2})$/u;

/** Reads a note; nothing in it is verified. Null when it has another form. */
export function parseNote(note: string): Note | null {
  const end = note.lastIndexOf("\n\n");
  if (end === -1 || !note.endsWith("\n") || /[\x00-\x09\x0b-\x1f]/.test(note)) return null;
  const signatures: NoteSignature[] = [];
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const [, name = "", encoded = ""] = signatureForm.exec(line) ?? [];
    const bytes = Buffer.from(encoded, "base64");
    if (bytes.length < 5 || bytes.toString("base64") !== encoded) return null;
    signatures.push({ name, id: bytes.subarray(0, 4).toString("hex"), bytes: bytes.subarray(4) });
  }
  return { text: note.slice(0, end + 1), signatures };
}

/** The keys whose signature is on the note. Null when a signature of one of them does not hold. */
export function signersOf({ text, signatures }: Note, keys: readonly NoteKey[]): NoteKey[] | null {
  const signers: NoteKey[] = [];
  for (const signature of signatures) {
    const key = keys.find(({ name, id }) => name === signature.name && id === signature.id);
    if (key === undefined) continue;
    if (!verify(null, Buffer.from(text), key.key, signature.bytes)) return null;
    signers.push(key);
  }
  return signers;
}
