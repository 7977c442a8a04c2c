/**
 * Calling codes and how many digits follow them, without the trunk prefix: ITU-T E.164 (list of assigned country codes) and the
 * national numbering plans of ITU-T E.129 (https://www.itu.int/oth/T0202.aspx?parent=T0202).
 */
const plans = new Map(
  [
    "10 1",
    "10 7",
    "9-10 20",
    "9 27",
    "10 30",
    "9 31",
    "8-9 32",
    "9 33",
    "9 34",
    "8-9 36",
    "6-11 39",
    "9 40",
    "9 41",
    "7-13 43",
    "7-10 44",
    "8 45",
    "7-9 46",
    "8 47",
    "9 48",
    "7-11 49",
    "8-9 51",
    "10 52",
    "8 53",
    "10-11 54 55",
    "9 56",
    "8-10 57",
    "10 58",
    "8-10 60",
    "9 61",
    "8-11 62",
    "8-10 63 64",
    "8 65",
    "8-9 66",
    "9-10 81",
    "8-10 82",
    "9-10 84",
    "7-11 86",
    "10 90",
    "10 91",
    "9-10 92",
    "9 93 94",
    "7-10 95",
    "10 98",
    "9 211 212",
    "9 213 249 251 254 255 256",
    "8 216 218",
    "7-9 220 221 222 223 224 225 226 227 228 229 230 231 232 233",
    "10 234",
    "6-9 235 236 237 238 239 240 241 242 243 244 245 248 250 252 253 257 258 260 261 262 263 264 265 266 267 268 269",
    "6-9 291 297 298 299 350",
    "9 351",
    "6-11 352",
    "7-9 353",
    "7-9 354",
    "7-9 355",
    "8 356 357",
    "6-10 358",
    "7-9 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389",
    "9 420 421",
    "7 423",
    "7-9 501 502 503 504 505 506 507 509 590 591 592 593 594 595 596 597 598 599",
    "6-9 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692",
    "8 852 853 855 856",
    "8-10 880 886",
    "7-9 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977",
    "9 992 993 994 995 996 998",
    "8-10 800 808 870 878 881 882 883 979",
  ].flatMap((line) => {
    const [range = "", ...codes] = line.split(" ");
    const [least, most = least] = range.split("-").map(Number);
    return codes.map((code) => [code, { least: least ?? 0, most: most ?? 0 }] as const);
  }),
);

/** How many digits of an international number can be its whole: null when no country has the code that it begins with. */
export function internationalLength(digits: string): { readonly least: number; readonly most: number } | null {
  for (let length = 1; length <= 3; length += 1) {
    const plan = plans.get(digits.slice(0, length));
    if (plan === undefined) continue;
    if (digits.startsWith("1") && !/^1[2-9]\d\d[2-9]/.test(digits)) return null;
    return { least: plan.least + length, most: plan.most + length };
  }
  return null;
}
