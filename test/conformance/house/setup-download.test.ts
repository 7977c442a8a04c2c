import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadFile } from "../../../scripts/setup/download.mjs";

const program = Buffer.from("#!/bin/sh\necho here\n".repeat(5_000));
const digest = createHash("sha256").update(program).digest("hex");

let folder: string;
let server: Server;
let answer: RequestListener;
let url: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-download-"));
  server = createServer((req, res) => answer(req, res));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/opa`;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  answer = (_req, res) => void res.end(program);
});

test("accepts a download with the pinned digest and makes it a program", async () => {
  const target = join(folder, "good");
  await downloadFile(url, digest, target);
  expect(readFileSync(target).equals(program)).toBe(true);
  expect(statSync(target).mode & 0o111).not.toBe(0);
  rmSync(target);
});

test("refuses a download with another digest and leaves nothing behind", async () => {
  answer = (_req, res) => void res.end(Buffer.concat([program, Buffer.from(" ")]));
  await expect(downloadFile(url, digest, join(folder, "bad"))).rejects.toThrow(`expected is ${digest}: refused`);
  expect(readdirSync(folder)).toEqual([]);
});

test("refuses a download that breaks off and leaves nothing behind", async () => {
  answer = (_req, res) => {
    res.writeHead(200, { "content-length": program.length });
    res.write(program.subarray(0, 1_000), () => res.destroy());
  };
  await expect(downloadFile(url, digest, join(folder, "short"))).rejects.toThrow(url);
  expect(readdirSync(folder)).toEqual([]);
});

test("says what the server answered when there is no such file", async () => {
  answer = (_req, res) => void res.writeHead(404).end();
  await expect(downloadFile(url, digest, join(folder, "gone"))).rejects.toThrow(`${url} answered 404`);
  expect(readdirSync(folder)).toEqual([]);
});
