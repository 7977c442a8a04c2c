import type { Value } from "../../value.ts";
import { RegoObject, makeNumber } from "../../value.ts";
import type { Address } from "../net/address.ts";
import { addressText } from "../net/address.ts";
import { parseUri } from "../uri.ts";
import type { Der } from "./der.ts";
import {
  HIGH_TAG,
  TAG,
  booleanValue,
  children,
  expect,
  fields,
  integerValue,
  malformed,
  oidText,
  oidValue,
  readOne,
  unsignedValue,
} from "./der.ts";

export interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
  readonly shown: RegoObject;
}

export function readExtensions(list: Der | undefined): readonly Extension[] {
  return children(list).map((element) => {
    const parts = fields(element, 3);
    const flagged = parts[1]?.tag === TAG.boolean;
    const critical = flagged && booleanValue(parts[1]);
    const { value } = expect(parts[flagged ? 2 : 1], TAG.octets);
    const shown = RegoObject.from([
      ["Id", oidValue(parts[0])],
      ["Critical", critical],
      ["Value", value.toString("base64")],
    ] as readonly (readonly [Value, Value])[]);
    return { id: oidText(parts[0]), critical, value, shown };
  });
}

type Members = Record<string, Value>;
type Reader = (extension: Extension, members: Members) => void;

const nonEmpty = (items: readonly Value[]): Value => (items.length === 0 ? null : items);

export function ipText(bytes: Buffer): string {
  const value = unsignedValue(bytes);
  const mapped = bytes.length === 16 && value >> 32n === 0xffffn;
  const address: Address =
    bytes.length === 4 || mapped ? { value: value & 0xffff_ffffn, bits: 32 } : { value, bits: 128 };
  return addressText(address);
}

/** A URL in the members of Go's url.URL. */
function urlValue(text: string): Value {
  const uri = parseUri(text);
  const hasHost = /^[^?#]*:\/\//.test(text);
  const members: Members = {
    ForceQuery: /\?(?:#|$)/.test(text),
    Fragment: uri.fragment,
    Host: uri.host,
    OmitHost: uri.scheme !== "" && !hasHost && uri.path.startsWith("/"),
    Opaque: uri.scheme !== "" && uri.path === "" && !hasHost ? (/^[^:]*:([^?#]*)/.exec(text)?.[1] ?? "") : "",
    Path: uri.path,
    RawFragment: "",
    RawPath: uri.rawPath === uri.path ? "" : uri.rawPath,
    RawQuery: uri.rawQuery,
    Scheme: uri.scheme,
    User: /^[^?#]*\/\/[^/?#]*@/.test(text) ? new RegoObject() : null,
  };
  return RegoObject.from(Object.entries(members));
}

/** Texts, addresses and URLs of a list of general names. */
export interface GeneralNames {
  readonly dns: string[];
  readonly emails: string[];
  readonly uris: string[];
  readonly ips: Buffer[];
}

export function generalNames(elements: readonly Der[]): GeneralNames {
  const names: GeneralNames = { dns: [], emails: [], uris: [], ips: [] };
  for (const { tag, value } of elements) {
    if ((tag & HIGH_TAG) === HIGH_TAG) throw malformed("invalid general name");
    if (tag === 0x81) names.emails.push(value.toString("latin1"));
    else if (tag === 0x82) names.dns.push(value.toString("latin1"));
    else if (tag === 0x86) names.uris.push(value.toString("latin1"));
    else if (tag === 0x87) names.ips.push(value);
  }
  return names;
}

/** Names in another character set than ASCII, URLs that are none and addresses of odd length are refused. */
function subjectAltNames(value: Buffer): GeneralNames {
  const names = generalNames(children(readOne(value)));
  for (const text of [...names.emails, ...names.dns, ...names.uris]) {
    if (/[^\x00-\x7f]/.test(text)) throw malformed("SAN is malformed");
  }
  for (const text of names.uris) {
    const { host } = parseUri(text);
    if (host !== "" && !/^[!-\-/-~]+(?:\.[!-\-/-~]+)*$/.test(host)) throw malformed("cannot parse URI: invalid domain");
  }
  if (names.ips.some(({ length }) => length !== 4 && length !== 16)) throw malformed("cannot parse IP address");
  return names;
}

const subjectAltName: Reader = ({ value }, members) => {
  const names = subjectAltNames(value);
  members["DNSNames"] = nonEmpty(names.dns);
  members["EmailAddresses"] = nonEmpty(names.emails);
  members["IPAddresses"] = nonEmpty(names.ips.map(ipText));
  members["URIs"] = nonEmpty(names.uris.map(urlValue));
  members["URIStrings"] = nonEmpty(names.uris);
};

const basicConstraints: Reader = ({ value }, members) => {
  const parts = children(readOne(value));
  const length = parts.find(({ tag }) => tag === TAG.integer);
  const most = length === undefined ? -1 : Number(integerValue(length));
  members["BasicConstraintsValid"] = true;
  members["IsCA"] = parts[0]?.tag === TAG.boolean && parts[0].value[0] !== 0;
  members["MaxPathLen"] = most;
  members["MaxPathLenZero"] = most === 0;
};

const keyUsage: Reader = ({ value }, members) => {
  const bits = expect(readOne(value), TAG.bits).value.subarray(1);
  let usage = 0;
  for (let bit = 0; bit < 9; bit += 1) {
    if (((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0) usage |= 1 << bit;
  }
  members["KeyUsage"] = usage;
};

const USAGES = [
  "2.5.29.37.0",
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((last) => `1.3.6.1.5.5.7.3.${last}`),
  "1.3.6.1.4.1.311.10.3.3",
  "2.16.840.1.113730.4.1",
  "1.3.6.1.4.1.311.2.1.22",
  "1.3.6.1.4.1.311.61.1.1",
];

const extKeyUsage: Reader = ({ value }, members) => {
  const items = children(readOne(value));
  const known = items.map((item) => USAGES.indexOf(oidText(item)));
  members["ExtKeyUsage"] = nonEmpty(known.filter((index) => index >= 0));
  members["UnknownExtKeyUsage"] = nonEmpty(items.filter((_, i) => (known[i] as number) < 0).map(oidValue));
};

const policies: Reader = ({ value }, members) => {
  const ids = children(readOne(value)).map((policy) => oidValue(children(policy)[0]));
  members["PolicyIdentifiers"] = nonEmpty(ids);
  members["Policies"] = nonEmpty(ids.map((id) => id.join(".")));
};

const authorityInfo: Reader = ({ value }, members) => {
  const entries = children(readOne(value)).map((item) => children(item));
  const urls = (method: string): Value =>
    nonEmpty(
      entries
        .filter(([id, location]) => oidText(id) === method && location?.tag === 0x86)
        .map(([, location]) => location?.value.toString("latin1") ?? ""),
    );
  members["OCSPServer"] = urls("1.3.6.1.5.5.7.48.1");
  members["IssuingCertificateURL"] = urls("1.3.6.1.5.5.7.48.2");
};

const crlPoints: Reader = ({ value }, members) => {
  const urls: string[] = [];
  for (const point of children(readOne(value))) {
    const name = children(point).find(({ tag }) => tag === 0xa0);
    const full = name === undefined ? undefined : children(name, 0xa0).find(({ tag }) => tag === 0xa0);
    if (full !== undefined) urls.push(...generalNames(children(full, 0xa0)).uris);
  }
  members["CRLDistributionPoints"] = nonEmpty(urls);
};

const subjectKeyId: Reader = ({ value }, members) => {
  members["SubjectKeyId"] = expect(readOne(value), TAG.octets).value.toString("base64");
};

const authorityKeyId: Reader = ({ value }, members) => {
  const id = children(readOne(value)).find(({ tag }) => tag === 0x80);
  if (id !== undefined) members["AuthorityKeyId"] = id.value.toString("base64");
};

const inhibitAnyPolicy: Reader = ({ value }, members) => {
  const skip = integerValue(readOne(value));
  members["InhibitAnyPolicy"] = makeNumber(skip.toString());
  members["InhibitAnyPolicyZero"] = skip === 0n;
};

export const READERS: Readonly<Record<string, Reader>> = {
  "2.5.29.14": subjectKeyId,
  "2.5.29.15": keyUsage,
  "2.5.29.17": subjectAltName,
  "2.5.29.19": basicConstraints,
  "2.5.29.31": crlPoints,
  "2.5.29.32": policies,
  "2.5.29.35": authorityKeyId,
  "2.5.29.37": extKeyUsage,
  "2.5.29.54": inhibitAnyPolicy,
  "1.3.6.1.5.5.7.1.1": authorityInfo,
};
