import { ociReference } from "../../../gateway/domain/oci-reference.ts";

const digest = `sha256:${"0a".repeat(32)}`;

test.each([
  ["ghcr.io/acme/authz:1.2", { repository: "acme/authz", reference: "1.2" }],
  ["localhost:5000/a/b-c/d__e:latest", { repository: "a/b-c/d__e", reference: "latest" }],
  [`ghcr.io/acme/authz@${digest}`, { repository: "acme/authz", reference: digest }],
  [`ghcr.io/acme/authz:1@${digest}`, { repository: "acme/authz", reference: digest }],
])("reads %s", (text, read) => expect(ociReference(text)).toEqual(read));

test.each([
  "acme",
  "ghcr.io/acme/authz",
  "ghcr.io/Acme:1",
  "ghcr.io/a/../b:1",
  "ghcr.io/a:b:c",
  "ghcr.io/a@sha256:00",
  `ghcr.io/a@md5:${"0a".repeat(32)}`,
  `ghcr.io/a@sha512:${"0a".repeat(32)}`,
  "https://ghcr.io/a:1",
])("reads nothing in %s", (text) => expect(ociReference(text)).toBeNull());
