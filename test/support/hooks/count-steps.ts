/** Letters that are looked at while `run` runs, by `charAt` and `indexOf`. @throws RangeError beyond `most`, so that a reader without an end fails soon */
export function countSteps(most: number, run: () => void): number {
  const letters = String.prototype;
  const { charAt, indexOf } = letters;
  let steps = 0;
  const count = (more: number) => {
    steps += more;
    if (steps > most) throw new RangeError(`more than ${most} letters were looked at`);
  };
  letters.charAt = function counted(this: string, at) {
    count(1);
    return charAt.call(this, at);
  };
  letters.indexOf = function counted(this: string, text, from = 0) {
    const found = indexOf.call(this, text, from);
    count((found === -1 ? this.length : found) - from);
    return found;
  };
  try {
    run();
  } finally {
    Object.assign(letters, { charAt, indexOf });
  }
  return steps;
}
