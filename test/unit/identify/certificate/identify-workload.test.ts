import { X509Certificate } from "node:crypto";
import { Socket } from "node:net";
import type { ClientCertificate, Bundle } from "../../../../gateway/identify/certificate/trust.ts";
import { createIdentifyWorkload } from "../../../../gateway/identify/certificate/workload.ts";
import { type Authority, rootAuthority, workload } from "../../../support/certificates.ts";
import { handClock, noCertificates, route } from "../fixtures.ts";
import { trustDomain } from "./fixtures.ts";

const id = "spiffe://example.org/refund-bot";
const trust = "spiffe-x509:spiffe://example.org";
let root: Authority;
let certificate: ClientCertificate;

beforeAll(async () => {
  root = await rootAuthority("root");
  const { der, x5t } = await workload(root, id);
  certificate = { leaf: new X509Certificate(der), x5t, authorized: true, weakness: null };
});

function world(shown: ClientCertificate | null = certificate) {
  const read: Socket[] = [];
  const state = { bundle: { pem: root.certPem, certificates: [new X509Certificate(root.certPem)] } as Bundle };
  const identifyWorkload = createIdentifyWorkload({
    issuers: [trustDomain("example.org", "")],
    trust: { ...noCertificates, bundleOf: (name) => (name === trust ? state.bundle : null) },
    clock: handClock(Date.now()),
    clientCertificate: (socket) => {
      read.push(socket);
      return shown;
    },
  });
  return { read, state, identifyWorkload };
}

const refused = expect.objectContaining({ code: "certificate_invalid" }) as Error;

test("gives a connection the same subject for every call", () => {
  const { identifyWorkload } = world();
  const socket = new Socket();
  const subject = identifyWorkload(socket, route([trust]));
  expect(subject).toMatchObject({ id, roles: [], proof: { method: "mtls", key: certificate.x5t } });
  expect(identifyWorkload(socket, route([trust]))).toBe(subject);
  expect(identifyWorkload(new Socket(), route([trust]))).not.toBe(subject);
});

test("reads no certificate where the route trusts none", () => {
  const { read, identifyWorkload } = world();
  expect(identifyWorkload(new Socket(), route(["https://idp.example"]))).toBeNull();
  expect(read).toEqual([]);
});

test("names nobody on a connection without certificate", () => {
  expect(world(null).identifyWorkload(new Socket(), route([trust]))).toBeNull();
});

test("refuses a connection that was made before the trusted authorities changed", () => {
  const { state, identifyWorkload } = world();
  const socket = new Socket();
  identifyWorkload(socket, route([trust]));
  state.bundle = { ...state.bundle };
  expect(() => identifyWorkload(socket, route([trust]))).toThrow(refused);
  expect(identifyWorkload(new Socket(), route([trust]))).toMatchObject({ id });
});

test("refuses a certificate that TLS could not verify, and one with a weak key", () => {
  for (const change of [{ authorized: false }, { weakness: "it is an RSA key of 1024 bits" }])
    expect(() => world({ ...certificate, ...change }).identifyWorkload(new Socket(), route([trust]))).toThrow(refused);
});
