import { type Approver } from "./approver.ts";

/** The approver of held calls: the user of the demo in a browser, or a script. */
export interface People {
  /**
   * Called when a call of this tool is held or about to be; `id` is that of the approval, when the agent knows it.
   * Resolves at once when the user decides in the browser, and after the vote when a script does.
   */
  asked(tool: string, id: string | null): Promise<void>;
}

/** The user in the browser, who gets a link. */
export function readerInBrowser(console: string, tell: (tool: string, link: string) => void): People {
  return {
    async asked(tool, id) {
      tell(tool, id === null ? `${console}/approvals` : `${console}/approvals/${id}`);
    },
  };
}

const appearsWithinMs = 60_000;
const lookEveryMs = 50;

/** A script that waits for the call to appear in the inbox, reads it and approves it. */
export function scriptedApprover(approver: Approver): People {
  return {
    async asked(tool) {
      const until = performance.now() + appearsWithinMs;
      for (;;) {
        const item = (await approver.open()).find((one) => one.tool === tool && one.state === "held");
        if (item !== undefined) return void (await approver.approve(item.id));
        if (performance.now() > until) throw new Error(`no held call of ${tool} appeared in the console`);
        await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
      }
    },
  };
}
