/**
 * The key by which shares of callers are counted: an IPv4 address, also when it is written as an IPv6 one (RFC 4291
 * §2.5.5.2), or the first 64 bits of an IPv6 address, since a subnet has all that begin so (RFC 4291 §2.5.1).
 */
export function callerAddress(address: string | undefined): string {
  const plain = (address ?? "").replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.replace(/\d+\.[\d.]+$/, "0:0").split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array<string>(zeros).fill("0"), ...after];
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
