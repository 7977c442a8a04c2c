const outOf: Readonly<Record<string, string>> = {
  EMFILE: "this process has too many files open; raise its limit (ulimit -n, LimitNOFILE of systemd)",
  ENFILE: "all processes of this machine together have too many files open; raise fs.file-max",
};

/** The system's code of a failure, such as EACCES; where no more files can be opened, with what that means and what to do. */
export function systemReason(failure: unknown): string | null {
  const { code } = (failure ?? {}) as NodeJS.ErrnoException;
  if (code === undefined) return null;
  const what = outOf[code];
  return what === undefined ? code : `${code}: ${what}`;
}

/** Whether the text of a failure holds such a reason: that files cannot be opened since too many are open. It says nothing of what they hold. */
export function isOutOfFiles(text: string): boolean {
  return Object.entries(outOf).some(([code, what]) => text.includes(`${code}: ${what}`));
}
