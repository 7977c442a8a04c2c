import { combine, texts } from "./generate.ts";

// prettier-ignore
const JSON_TEXTS = texts("1", "1.0", "-0", "01", "1e", "1.", ".5", '"a', '"\\ud800"', '{"a":1,"a":2}', "[1,]", '{"a":1,}', "nul", "null ", " null",
  "[1 2]", "{1}", "set()", '"\\x"', '"a\nb"', "1e400", "1e40000", "\u00a01", '{"b":1,"a":2}', '"\\u00e9"', "tru", "-", "--1", "+1", "", "[", "1 2",
  '{"a":{"b":[1,2.50,1E5]}}', '"😀"');
// prettier-ignore
const VALUES = ['{"b":1,"a":[1.50,null,true]}', "{1,3,2}", '{[1]:2,"x":"<>&\\u2028"}', '"\\u0001\\b\\f\\n"', "set()", "[]", "{}", '{"é":1,"z":2,"Z":3}',
  "{1:2,10:3,2:4}", '"😀\\u007f"', '{"k: v":"#x"}', '"yes"', '"1"', "123456789012345678901234567890", "1e-7", '{"a":"line\\nline2"}', '[[1],[2]]',
  '{"a":"true","c":"~","d":"0x1","f":"2001-01-01","g":"- a","i":"*a","l":"a\\tb","n":"y","o":"1_0"}'];
const OPTIONS = [
  "{}",
  '{"pretty":true}',
  '{"indent":"  "}',
  '{"prefix":">>","indent":" "}',
  '{"pretty":false,"indent":" "}',
  '{"foo":1}',
  '{"pretty":1}',
];
const BASE64 = texts(
  "",
  "YQ==",
  "YQ",
  "YWI=",
  "YWJj",
  "YW Jj",
  "YWJj\n",
  "YW\nJj",
  "+/+/",
  "-_-_",
  "Y===",
  "YR==",
  "YQ==YQ==",
  "=",
  "YQ=",
  "aGk_",
  "aGk/",
);
const NUMERALS = texts(
  "0",
  "1",
  "1.5",
  "1e5",
  "1E5",
  "0x10",
  "inf",
  "NaN",
  "+Inf",
  "-",
  "",
  "1e400",
  "1e-400",
  " 1",
  "1 ",
  "٣",
  "0b1",
  "1e",
  "e5",
  "-0",
);
// prettier-ignore
const PATHS = ['[""]', '["a"]', '["a/b"]', '["/a/b"]', '["a","a/b"]', '["a/b","a"]', '{"a/c","d/0"}', '[["a","b"]]', "[[]]", '["d/1","d/0"]', '["~0x"]',
  '["e~1f"]', '"a"', "[1]", '["nope"]', '["//a"]', '["a/b/c/d"]'];
const OBJECTS = ['{"a":{"b":1,"c":2},"d":[1,2,3],"~x":1,"e/f":5,"":7}', "{}", "[1]", '{"a":{"x","y"}}'];
// prettier-ignore
const PATCHES = ["[]", '[{"op":"add","path":"/a/x","value":1}]', '[{"op":"add","path":"c/-","value":9}]', '[{"op":"add","path":"/c/1","value":9}]',
  '[{"op":"add","path":"/c/01","value":9}]', '[{"op":"remove","path":"/c/0"}]', '[{"op":"remove","path":"/zz"}]', '[{"op":"replace","path":"","value":3}]',
  '[{"op":"replace","path":"/a/b","value":3}]', '[{"op":"move","from":"/a/b","path":"/z"}]', '[{"op":"copy","from":"/a","path":"/c/0"}]',
  '[{"op":"test","path":"/a/b","value":1}]', '[{"op":"test","path":"/a/b","value":2}]', '[{"op":"x","path":"/a"}]', '[{"path":"/a"}]',
  '[{"op":"add","path":[1],"value":1}]', '[{"op":"add","path":[7],"value":7}]', '[{"op":"remove","path":[[3]]}]', '[{"op":"add","path":[[3],0],"value":7}]',
  '[{"op":"remove","path":["c",1]}]', '[{"op":"remove","path":["c",-1]}]', "[1]", '{"op":"add"}', '[{"op":"move","from":"/a","path":"/a/b"}]'];
const NESTED = [
  '{"a":{"b":1},"c":[1,2,3]}',
  '{"a":{}}',
  "{1,2,[3]}",
  "[1,2]",
  "[1,2,1,2,3]",
  "[2,1]",
  "set()",
  "[]",
  "{}",
  "5",
  "{1}",
];
// prettier-ignore
const YAML = texts("a: 1", "a: yes\nb: no\ne: True\nf: ~", "- 1\n- 0x10\n- 0o10\n- 010\n- 1_000\n- 1e3\n- .5\n- 1.50", "a: 2001-01-01", "1: a\ntrue: b",
  "a: &x {b: 1}\nc: *x", "a: &x {b: 1}\nc: {<<: *x, d: 2}", "a: b: c", "[1, 2", "", "# c", "---\na: 1\n---\nb: 2", "a: |\n  x\n  y\n", "a: >\n  x\n  y\n",
  "a: 1\na: 2", "- 123456789012345678901234567890", "\ta: 1", "a: 'it''s'", "%YAML 1.2\n---\na: 1", "a: 12:30:45", "x: NO", "a: *x", "x: 08", "@a: 1");
// prettier-ignore
const URIS = texts("http://a.b:80/c?d=e#f", "//h/p", "/p%2Fq", "a:b", "a/b:c", "1:2", ":x", "http://[::1%25en0]:1/", "http://[1.2.3.4]/", "http://u:p@h/", "http://a b/",
  "http://h:x/", "http://h/%zz", "mailto:x@y?z", "", "*", "http://h/a b", "http://h?q#%41", "HTTP://H/", "http://h/%20%c3%a9", "http://a:1:2/", "x://a:1:2/", "\u0001");
const QUERIES = texts("a=b&c=d&a=e", "a=%zz", "a;b", "a=b;c", "", "&&", "=x", "a+b=c%20d", "é=ü", "%C3%A9");
const VERSIONS = texts(
  "1.2.3",
  "v1.2.3",
  "1.2",
  "1.2.3-a.1",
  "1.2.3-a.2",
  "1.2.3+b",
  "01.2.3",
  "1.2.3-01",
  "1.2.3-a",
  "9223372036854775808.0.0",
  "1.2.3-",
  "",
);
const UUIDS = texts(
  "{f47ac10b-58cc-4372-a567-0e02b2c3d479}",
  "00000000-0000-1000-8000-000000000000",
  "urn:uuid:f47ac10b-58cc-2372-a567-0e02b2c3d479",
  "f47ac10b58cc4372a5670e02b2c3d479",
  "x",
  "",
);

export const documentCalls = [
  ...["json.unmarshal", "json.is_valid"].flatMap((name) => combine(name, [...JSON_TEXTS, "1"])),
  ...["json.marshal", "yaml.marshal"].flatMap((name) => combine(name, VALUES)),
  ...combine("json.marshal_with_options", VALUES, OPTIONS),
  ...["base64.decode", "base64.is_valid", "base64url.decode", "hex.decode"].flatMap((name) => combine(name, BASE64)),
  ...["base64url.encode_no_pad", "hex.encode", "urlquery.encode", "crypto.sha256", "crypto.md5"].flatMap((name) =>
    combine(name, QUERIES),
  ),
  ...combine("to_number", NUMERALS),
  ...["json.filter", "json.remove"].flatMap((name) => combine(name, OBJECTS, PATHS)),
  ...combine("json.patch", NESTED, PATCHES),
  ...combine("object.subset", NESTED, NESTED),
  ...["yaml.unmarshal", "yaml.is_valid"].flatMap((name) => combine(name, YAML)),
  ...["uri.parse", "uri.is_valid"].flatMap((name) => combine(name, [...URIS, "1"])),
  ...["urlquery.decode", "urlquery.decode_object"].flatMap((name) => combine(name, QUERIES)),
  ...combine("urlquery.encode_object", [
    '{"b":"x","a":["1","2"]}',
    '{"a":{"y","x"}}',
    '{"a":1}',
    '{1:"x"}',
    "{}",
    "[]",
  ]),
  ...combine("semver.compare", VERSIONS, VERSIONS),
  ...combine("semver.is_valid", [...VERSIONS, "1"]),
  ...combine("uuid.parse", UUIDS),
  ...combine(
    "graph.reachable_paths",
    ['{"a":["b","c"],"b":["a","d"],"c":[],"d":null}', '{"a":{"b"},"b":{"a","z"}}', "{}"],
    ['["a"]', '{"a","c"}', "[]", '"a"'],
  ),
];
