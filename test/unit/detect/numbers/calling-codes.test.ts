import { internationalLength } from "../../../../gateway/detect/numbers/calling-codes.ts";

test.each([
  ["12125550143", 11, 11],
  ["493090182", 9, 13],
  ["4314000", 9, 15],
  ["351912345678", 12, 12],
  ["3726001234", 10, 12],
])("says how long %s may be, its calling code included", (digits, least, most) => {
  expect(internationalLength(digits)).toEqual({ least, most });
});

test.each([
  ["no country has the code", "2101234567"],
  ["codes begin with no 0", "0123456789"],
  ["no area of North America begins with 1", "11125550143"],
  ["no exchange of North America begins with 0", "12120550143"],
])("knows no length when %s", (_why, digits) => {
  expect(internationalLength(digits)).toBeNull();
});
