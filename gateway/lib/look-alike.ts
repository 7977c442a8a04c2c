/**
 * Characters that look like ASCII letters and digits in usual fonts, after case folding: from confusables.txt of
 * Unicode 13 (UTS 39, https://www.unicode.org/reports/tr39/#Confusable_Detection), all that NFKC leaves.
 */
const drawnLike: Readonly<Record<string, string>> = {
  "10": "⏨",
  "2": "ƨϩᒿꙅꛯꝛ",
  "3": "ȝɜʒзӡⳍꝫ𑣊𖼻𝈆",
  "4": "ꮞ𑣏",
  "5": "𑣛",
  "6": "бⳓꮾ𑣕",
  "7": "𐓺𑣆𝈒",
  "8": "ȣ৪੪ଃ𐌚𞣋",
  "9": "৭੧୨൭ⳋꝯ𑣌𑣖",
  a: "ɑαаᗅ⍺ꓮꭺ𐊠𖽀",
  aa: "ꜳ",
  ae: "æӕ",
  ao: "ꜵ",
  ar: "🜇",
  au: "ꜷ",
  av: "ꜹꜻ",
  ay: "ꜽ",
  b: "ƅβвьᏼᑲᖯᗷꓐꮟ𐊂𐊡𐌁",
  bl: "ы",
  c: "сᴄⲥꓚꮯ𐊢𐌂𐐽𐔜𑣩𑣲🝌",
  d: "ԁᑯᗞᗪꓒꓓꭰꮷ",
  dz: "ʣ",
  e: "εеҽ℮⋿ⴹꓰꬲꭼ𐊆𑣎",
  f: "ϝքᖴẝꓝꞙꬵ𐊇𐊥𐔥𑣂𝈓",
  g: "ƍɡԍցᏻᶃꓖꮐ",
  h: "ηнһհᕼⲏꓧꮋꮒ𐋏",
  i: "ɩɪιіӏ⍳ꙇꭵ𑣃",
  j: "ʝϳјᒍꓙꭻ",
  k: "κкᛕⲕꓗꮶ𐔘",
  l: "ǀ׀וןا١۱ߊᒪᛁ∣⏽│ⲓⳑⵏꓡꓲꮮ𐊊𐌉𐌠𐑃𐔦𑣒𖼖𖼨𝈪𞣇",
  ll: "ǁװ‖∥",
  lo: "ю",
  ls: "ʪ",
  lt: "₶",
  lz: "ʫ",
  m: "μϻмᗰᛖⲙꓟꮇ𐊰𐌑",
  mb: "🝫",
  n: "ոռⲛꓠ𐔓",
  o: "οσоօסه٥ھہە۵߀०০੦૦ଠ୦௦ం౦ಂ೦ംഠ൦ං๐໐ဝ၀ჿዐᴏᴑⲟⵔ〇ꓳꬽ𐊒𐊫𐐬𐓪𐔖𑓐𑣈𑣗𑣠",
  oe: "œ",
  oo: "∞ꚙꝏ",
  p: "ρрᑭ⍴ⲣꓑꮲ𐊕",
  q: "ԛգզⵕ",
  qe: "🜀",
  r: "ʀгᖇᴦⲅꓣꭇꭈꭱꮁꮢ𐓜𖼵𝈖",
  rn: "𑜀𑣣",
  s: "ƽѕտꓢꜱꮥꮪ𐊖𐑈𑣁𖼺",
  ss: "ᏸꞵ",
  sss: "🝜",
  t: "τт⊤⟙ⲧꓔꭲ𐊗𐊱𐌕𖼊🝨",
  t3: "ꜩ",
  tf: "ꝷ",
  ts: "ʦ",
  u: "ʋυսሀᑌᴜ∪⋃ꓴꞟꭎꭒ𐓶𑣘𖽂",
  ue: "ᵫ",
  uo: "ꭣ",
  v: "νѵט٧۷ᐯᴠ∨⋁ⴸꓦꛟꮩ𐔝𑜆𑣀𖼈𝈍",
  vb: "🝬",
  w: "ɯѡԝաᴡꓪꮃꮤ𑜊𑜎𑜏𑣦𑣯",
  x: "×χхᕁᕽ᙭᙮ᚷ╳⤫⤬⨯ⲭⵝꓫꭓ𐊐𐊴𐌗𐌢𐔧𑣬",
  y: "ɣʏγуүყᶌỿⲩꓬꭚꭹꮍ𐊲𑣜𖽃",
  z: "ζᴢꓜꮓ𐋵𑣄𑣉𑣥",
};

const asDrawn = new Map(Object.entries(drawnLike).flatMap(([to, from]) => [...from].map((one) => [one, to] as const)));

/** Invisible characters: https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point */
const nothing = /[\p{Default_Ignorable_Code_Point}\p{Cf}]/gu;
const ascii = /^[\x21-\x7e]*$/;

/**
 * The same for names that look equal to a person: the skeleton of UTS 39 over the folded name, as far as it looks like
 * ASCII, without what is invisible and without blanks at its ends. Use it only to refuse a name; a name that grants
 * something must match exactly.
 */
export function lookKey(name: string): string {
  const folded = foldKey(name);
  if (ascii.test(folded)) return folded;
  const seen = folded
    .replace(nothing, "")
    .replace(/[\s\u2800]+/gu, " ")
    .trim();
  return foldKey([...seen].map((one) => asDrawn.get(one) ?? one).join(""));
}

/** Whether a text has nothing that people can see. */
export function isBlank(text: string): boolean {
  return /^[\p{C}\p{Default_Ignorable_Code_Point}\s\u2800]*$/u.test(text);
}

/** Whether a name contains something that people cannot see: invisible characters, blanks at its ends, or unusual blanks. */
export function isDeceptive(name: string): boolean {
  return /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\s|^ | $/u.test(name);
}

/**
 * What a key, or a name, is to readers that match without case or after Unicode folding: NFKC and full case folding; upper
 * case first, so that ſ, K and ı fall together with s, k and i.
 */
export function foldKey(key: string): string {
  if (/^[\x20-\x7e]*$/.test(key)) return key.toLowerCase();
  return key.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** Keys by what they are to such readers. */
export function foldedKeys(keys: readonly string[]): ReadonlyMap<string, string> {
  return new Map(keys.map((key) => [foldKey(key), key]));
}

/** The first of the `known` keys that such readers find in an object under another spelling; null for none. */
export function lookalikeIn(object: object, known: ReadonlyMap<string, string>): string | null {
  for (const key of Object.keys(object)) {
    const meant = known.get(foldKey(key));
    if (meant !== undefined && meant !== key) return meant;
  }
  return null;
}

/**
 * Untrusted text made safe for terminals and messages: characters that move the cursor, colour the line, turn the
 * reading direction or are invisible are replaced by their code point. Line ends stay when `lines` is true.
 */
export function escapeControls(text: string, lines = false): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|\p{Cs}/gu, (character) => {
    if (lines && character === "\n") return character;
    const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
    return `⟦U+${number}⟧`;
  });
}

/** A name in which letters that only look like ASCII ones can be told apart: whatever is not ASCII is its code point. */
export function withCodePoints(name: string): string {
  return name
    .slice(0, 200)
    .replace(/[^\x20-\x7e]/gu, (one) => `⟦U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟧`);
}
