import { createSign, hash } from "node:crypto";
import { unpackEntries } from "../../../gateway/bundles/archive/entries.ts";
import { hashedBytes } from "../../../gateway/bundles/signatures/file-hash.ts";
import type { SignatureProblem } from "../../../gateway/bundles/failure.ts";
import { blockOf, claimsOf, type Signer, type SigningRoom } from "../../support/bundles/signed-bundle.ts";

/** A bundle that was signed as it should be, and what an attacker has to work with. */
export interface Material {
  readonly room: SigningRoom;
  readonly unsigned: string;
  readonly signed: string;
  /** The text of the honest .signatures.json. */
  readonly block: string;
  /** A bundle of another policy, signed by the same key. */
  readonly other: { readonly unsigned: string; readonly block: string };
  readonly signer: Signer;
  readonly stranger: Signer;
}

export interface Spoilt {
  readonly name: string;
  readonly problem: SignatureProblem;
  /** @returns the archive */
  readonly make: (material: Material) => Promise<string>;
}

const BLOCK = ".signatures.json";
const withBlock =
  (text: (material: Material) => string | Promise<string>): Spoilt["make"] =>
  async (material) =>
    material.room.change(material.unsigned, { [BLOCK]: await text(material) });

type Said = ReturnType<typeof claimsOf>;

/** Signed by the right key over claims that are not right. */
const saying = (change: (said: Said) => Record<string, unknown>): Spoilt["make"] =>
  withBlock(({ block, signer }) => blockOf(change(claimsOf(block)), signer));

const token = (block: string): string => (JSON.parse(block) as { signatures: string[] }).signatures[0] as string;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const blockWith = (...signatures: unknown[]): string => JSON.stringify({ signatures });

/** The honest claims under a header that no library would write, and a good ES256 signature over both. */
function signedAs(header: Readonly<Record<string, unknown>>, block: string, { sign }: Signer): string {
  const input = `${part(header)}.${token(block).split(".")[1]}`;
  const signature = createSign("sha256").update(input).sign({ key: sign, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** Refused by the gateway, each with a name of its own, and by opa. */
export const spoilt: readonly Spoilt[] = [
  { name: "no signature at all", problem: "bundle_unsigned", make: async ({ unsigned }) => unsigned },
  { name: "an empty list of signatures", problem: "signature_block_empty", make: withBlock(() => blockWith()) },
  { name: "an empty block", problem: "signature_block_empty", make: withBlock(() => "{}") },
  { name: "signatures that are null", problem: "signature_block_empty", make: withBlock(() => '{"signatures":null}') },
  {
    name: "an empty block of opa's own verifier",
    problem: "signature_block_empty",
    make: withBlock(() => '{"signatures":[],"plugin":"_default"}'),
  },
  {
    name: "two signatures, both good",
    problem: "signature_block_many",
    make: withBlock(({ block }) => blockWith(token(block), token(block))),
  },
  {
    name: "two signatures files",
    problem: "signature_block_many",
    make: ({ room, signed, block }) => room.change(signed, { [`sallyport/${BLOCK}`]: block }),
  },
  { name: "a block that is no JSON", problem: "signature_block_unreadable", make: withBlock(() => "signed, honestly") },
  { name: "a signature that is no text", problem: "signature_block_unreadable", make: withBlock(() => blockWith(7)) },
  {
    name: "another verifier than opa's own",
    problem: "signature_block_unreadable",
    make: withBlock(({ block }) => block.replace("{", '{"plugin":"mine",')),
  },
  { name: "an empty text as signature", problem: "signature_malformed", make: withBlock(() => blockWith("")) },
  {
    name: "a signature without its third part",
    problem: "signature_malformed",
    make: withBlock(({ block }) => blockWith(token(block).split(".").slice(0, 2).join("."))),
  },
  {
    name: "alg none and no signature",
    problem: "signature_algorithm_refused",
    make: withBlock(({ block }) => blockWith(`${part({ alg: "none" })}.${token(block).split(".")[1]}.`)),
  },
  {
    name: "a signature of a stranger's key",
    problem: "signature_invalid",
    make: withBlock(({ block, stranger }) => blockOf(claimsOf(block), stranger)),
  },
  {
    name: "claims changed under the old signature",
    problem: "signature_invalid",
    make: withBlock(({ block }) => {
      const [header, , signature] = token(block).split(".");
      const said = claimsOf(block);
      return blockWith([header, part({ ...said, files: said.files.slice(1) }), signature].join("."));
    }),
  },
  {
    name: "a scope nobody asked for",
    problem: "signature_scope_wrong",
    make: saying((said) => ({ ...said, scope: "x" })),
  },
  { name: "no files in the claims", problem: "file_not_signed", make: saying((said) => ({ ...said, files: [] })) },
  {
    name: "the signature of another bundle",
    problem: "file_changed",
    make: ({ room, unsigned, other }) => room.change(unsigned, { [BLOCK]: other.block }),
  },
  {
    name: "a module of another policy",
    problem: "file_changed",
    make: ({ room, signed }) => room.change(signed, { "policy.wasm": "wasm" }),
  },
  {
    name: "other data",
    problem: "file_changed",
    make: ({ room, signed }) => room.change(signed, { "data.json": '{"a":1}' }),
  },
  {
    name: "a number of the data written otherwise",
    problem: "file_changed",
    make: async ({ room, unsigned, signer }) => {
      const signed = await room.signed(await room.change(unsigned, { "data.json": '{"limit":1.50}' }), signer);
      return room.change(signed, { "data.json": '{"limit":1.5}' });
    },
  },
  {
    name: "another manifest",
    problem: "file_changed",
    make: ({ room, signed }) => room.change(signed, { ".manifest": '{"revision":"r-attacker","roots":[""]}' }),
  },
  {
    name: "a rule's source changed",
    problem: "file_changed",
    make: ({ room, signed }) => room.change(signed, { "sallyport/main/main.rego": "package sallyport.main\n" }),
  },
  {
    name: "a file more",
    problem: "file_not_signed",
    make: ({ room, signed }) => room.change(signed, { "x/more.rego": "package x\n" }),
  },
  {
    name: "a rule less",
    problem: "signed_file_missing",
    make: ({ room, signed }) => room.change(signed, { "sallyport/main/main.rego": null }),
  },
  {
    name: "a file that is hashed with what nobody knows",
    problem: "file_hash_refused",
    make: saying(({ files, ...said }) => ({ ...said, files: files.map((file) => ({ ...file, algorithm: "CRC-32" })) })),
  },
  {
    name: "a file without a hash",
    problem: "signature_malformed",
    make: saying(({ files, ...said }) => ({ ...said, files: files.map(({ name }) => ({ name })) })),
  },
];

/** Refused by the gateway and taken by opa: where the format leaves room, and the room is nobody's need. */
export const stricter: readonly Spoilt[] = [
  {
    name: "a file twice in the claims, of which the last counts",
    problem: "signature_malformed",
    make: saying(({ files, ...said }) => ({ ...said, files: [{ ...files[0], hash: "00" }, ...files] })),
  },
  {
    name: "an algorithm in the header that is not the key's",
    problem: "signature_algorithm_refused",
    make: withBlock(({ signer, block }) => blockWith(signedAs({ alg: "none" }, block, signer))),
  },
  {
    name: "a signature that has ended",
    problem: "signature_not_current",
    make: saying((said) => ({ ...said, exp: 1_700_000_000 })),
  },
  {
    name: "a signature for later",
    problem: "signature_not_current",
    make: saying((said) => ({ ...said, nbf: 4_000_000_000 })),
  },
  {
    name: "a signature from the future",
    problem: "signature_not_current",
    make: saying((said) => ({ ...said, iat: 4_000_000_000 })),
  },
  {
    name: "a critical extension that is not understood",
    problem: "signature_malformed",
    make: withBlock(({ signer, block }) => blockWith(signedAs({ alg: "ES256", crit: ["x"], x: 1 }, block, signer))),
  },
  {
    name: "the only signatures file in a folder",
    problem: "signature_block_many",
    make: ({ room, unsigned, block }) => room.change(unsigned, { [`sallyport/${BLOCK}`]: block }),
  },
  {
    name: "half of a surrogate pair, which opa reads as another character",
    problem: "file_unverifiable",
    make: async ({ room, unsigned, signer }) =>
      room.signed(await room.change(unsigned, { "data.json": String.raw`{"a":"\ud800"}` }), signer),
  },
  {
    name: "a hash in which collisions can be made",
    problem: "file_hash_refused",
    make: withBlock(async ({ block, signer, unsigned }) => {
      const said = claimsOf(block);
      const files = [];
      for (const { header, bytes } of await unpackEntries(unsigned)) {
        const name = header.name.slice(1);
        files.push({ name, algorithm: "SHA-1", hash: hash("sha1", await hashedBytes(name, bytes), "hex") });
      }
      return blockOf({ ...said, files }, signer);
    }),
  },
];
