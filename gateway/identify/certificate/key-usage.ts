/** Bits of KeyUsage that matter here (RFC 5280 §4.2.1.3). */
export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyCertSign: boolean;
  readonly cRLSign: boolean;
}

const keyUsageOid = Buffer.from([0x55, 0x1d, 0x0f]);
const extensionsTag = 0xa3;
const octetString = 0x04;
const bitString = 0x03;

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * KeyUsage of a certificate that OpenSSL has already parsed, from its DER; null when it has none. Node's own
 * `X509Certificate.keyUsage` is the extended one.
 * @throws Error when the DER is not what a certificate is
 */
export function keyUsageOf(certificate: Buffer): KeyUsage | null {
  const [whole] = elements(certificate);
  const [tbs] = elements(inside(whole));
  const extensions = elements(inside(tbs)).find(({ tag }) => tag === extensionsTag);
  if (extensions === undefined) return null;
  const [list] = elements(extensions.content);
  for (const extension of elements(inside(list))) {
    const [oid, ...rest] = elements(extension.content);
    if (oid?.content.equals(keyUsageOid) !== true) continue;
    const [bits] = elements(inside(rest.find(({ tag }) => tag === octetString)));
    if (bits?.tag !== bitString) throw new Error("KeyUsage is no bit string");
    const first = bits.content[1] ?? 0;
    return {
      digitalSignature: (first & 0x80) !== 0,
      keyCertSign: (first & 0x04) !== 0,
      cRLSign: (first & 0x02) !== 0,
    };
  }
  return null;
}

function inside(element: Element | undefined): Buffer {
  if (element === undefined) throw new Error("the certificate is cut short");
  return element.content;
}

/** The elements that follow one another in a piece of DER (X.690 §8.1). */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] ?? 0;
    const lengthBytes = short < 0x80 ? 0 : short - 0x80;
    if (lengthBytes > 4 || at + 2 + lengthBytes > bytes.length) throw new Error("the certificate is cut short");
    const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
    const start = at + 2 + lengthBytes;
    if (start + length > bytes.length) throw new Error("the certificate is cut short");
    found.push({ tag: bytes[at] ?? 0, content: bytes.subarray(start, start + length) });
    at = start + length;
  }
  return found;
}
