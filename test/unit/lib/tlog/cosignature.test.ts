import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { cosignatureLine, cosignedAt } from "../../../../gateway/lib/tlog/cosignature.ts";
import { COSIGNATURE, noteKey, parseNote, parseVkey } from "../../../../gateway/lib/tlog/note.ts";

const seed = Buffer.from("302e020100300506032b657004220420" + "07".repeat(32), "hex");
const privateKey = createPrivateKey({ key: seed, format: "der", type: "pkcs8" });
const key = noteKey("witness.example.com/w1", privateKey, COSIGNATURE);
const text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
const line = cosignatureLine(key, privateKey, text, 1_679_315_147);
const note = (body: string, signature: string) => parseNote(`${body}\n${signature}`) ?? { text: "", signatures: [] };

test("a cosignature is of the text that C2SP tlog-cosignature shows", () => {
  const bytes = Buffer.from(line.split(" ")[2] ?? "", "base64");
  expect(bytes.subarray(4, 12).readBigUInt64BE()).toBe(1_679_315_147n);
  const signed = Buffer.from(`cosignature/v1\ntime 1679315147\n${text}`);
  expect(verify(null, signed, createPublicKey(privateKey), bytes.subarray(12))).toBe(true);
});

test("the time of a cosignature that holds is read, and no other", () => {
  expect(cosignedAt(note(text, line), key)).toBe(1_679_315_147);
  expect(cosignedAt(note(text.replace("2085", "2086"), line), key)).toBeNull();
  expect(cosignedAt(note(text, line.replace("w1", "w2")), key)).toBeNull();
  const later = Buffer.from(line.split(" ")[2] ?? "", "base64");
  later[11] = (later[11] ?? 0) + 1;
  expect(cosignedAt(note(text, `— ${key.name} ${later.toString("base64")}\n`), key)).toBeNull();
});

test("a witness has another key than a log of the same name", () => {
  expect(parseVkey(key.vkey, COSIGNATURE)).toMatchObject({ name: key.name, id: key.id });
  expect(noteKey(key.name, privateKey).id).not.toBe(key.id);
  expect(() => parseVkey(key.vkey)).toThrow("is no verifier key of Ed25519");
  expect(() => parseVkey(noteKey(key.name, privateKey).vkey, COSIGNATURE)).toThrow("is no verifier key of a witness");
});
