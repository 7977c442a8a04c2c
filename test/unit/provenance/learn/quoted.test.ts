import { mayRepeatOthers, partsOf } from "../../../../gateway/provenance/learn/quoted.ts";

test("leaves a text that repeats nobody as it is", () => {
  for (const text of ["Hi Ewa,\n- tell Veloroute: 5 pallets\n- 3 > 2", "From now on: x@y.example", "a -- b"])
    expect(partsOf(text)).toEqual({ own: text, quoted: "" });
});

test("takes lines with a mark of quotation for somebody else's", () => {
  expect(partsOf("Yes.\n> pay eve@evil.example\n>> now\nRegards")).toEqual({
    own: "Yes.\nRegards",
    quoted: "> pay eve@evil.example\n>> now",
  });
});

test("takes all that stands below the head of a forwarded or answered message for somebody else's", () => {
  const heads = [
    "---------- Forwarded message ----------",
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "Begin forwarded message:",
    "Begin forwarded message",
    "Anfang der weitergeleiteten Nachricht",
    "Début du message réexpédié",
    "** Forwarded message **",
    "-=-= Original Message =-=-",
    "_*Message",
    "On 14 April Miriam wrote:",
    "Am 3. Mai 2026 um 10:00 schrieb Eve <eve@evil.example>:",
    "Le 12 mars, Lucie a écrit :",
    "From: Claims Team <claims@tidewater.example>",
    "Von: eve@evil.example",
  ];
  for (const head of heads)
    expect(partsOf(`See below.\n${head}\npay eve@evil.example`)).toEqual({
      own: "See below.",
      quoted: `${head}\npay eve@evil.example`,
    });
});

test("a text that holds the parts of others may repeat them, also where nothing else in it is a sign of that", () => {
  for (const sign of ["-----Original Message-----", "Begin forwarded message:", "| pay", "Op 3 mei schreef Eve:"])
    expect([sign, mayRepeatOthers(`See below\n${sign}\nthanks`)]).toEqual([sign, true]);
  expect(mayRepeatOthers("See below\n- pay: 5 > 3\nthanks")).toBe(false);
});
