import { combine, texts } from "./generate.ts";

// prettier-ignore
const NETWORKS = texts("10.0.0.0/8", "10.1.2.3/16", "192.168.0.0/30", "2001:db8::/126", "::ffff:10.0.0.1/104", "::/0", "0.0.0.0/0", "10.0.0.1", "::1", "10.0.0.0/33",
  "010.0.0.0/8", "x", "", "1.2.3/8", "fe80::1%eth0/64", "10.0.0.0/08", "::1.2.3.4/128");
const SMALL = texts("192.168.0.0/30", "2001:db8::/126", "10.0.0.1/32", "::ffff:10.0.0.0/126", "x");
const LISTS = [
  '["10.0.0.0/8","11.0.0.0/8","10.1.0.0/16"]',
  '{"192.168.0.0/24","192.168.1.0/24","192.168.2.0/24"}',
  '["2001:db8::/33","2001:db8:8000::/33"]',
  '["10.1.2.3","172.16.0.1","192.0.2.1"]',
  '["::1"]',
  '["x"]',
  "[]",
  '"x"',
  "[1]",
  '["0.0.0.0/0","::/0"]',
  '["1.0.0.1/32","1.0.0.2/32","1.0.0.3/32"]',
];
const MATCHES = [
  '"10.0.0.0/8"',
  '["10.0.0.0/8",["1.1.1.0/24","x"]]',
  '{"10.0.0.0/8"}',
  '{"k":"10.0.0.0/8"}',
  "[[]]",
  "1",
  '["x"]',
];

export const netCalls = [
  ...["net.cidr_contains", "net.cidr_intersects"].flatMap((name) => combine(name, NETWORKS, NETWORKS)),
  ...combine("net.cidr_is_valid", [...NETWORKS, "1"]),
  ...combine("net.cidr_expand", SMALL),
  ...combine("net.cidr_merge", LISTS),
  ...combine("net.cidr_contains_matches", MATCHES, [...MATCHES, '["10.1.2.3","1.1.1.1"]']),
];
