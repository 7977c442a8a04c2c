/** The least processor time of some runs, in milliseconds: what else the machine does counts little, and a pause of it not at all. */
export function leastCpuMs(work: () => void): number {
  const costs = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...costs);
}
