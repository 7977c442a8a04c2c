import fc from "fast-check";
import { OrderedSet } from "../../../gateway/lib/caches.ts";

test("knows its oldest item after any additions and deletions", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(9));
  const run = (steps: readonly (readonly [boolean, number])[]) => {
    const set = new OrderedSet<number>();
    let model: number[] = [];
    for (const [adds, item] of steps) {
      const known = model.includes(item);
      model = model.filter((each) => each !== item);
      if (adds) {
        set.add(item);
        model.push(item);
      } else expect(set.delete(item)).toBe(known);
      expect([set.oldest, set.size]).toEqual([model[0], model.length]);
    }
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), run));
});
