import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  readonly title: string;
  /** Called whenever the dialog closes, also by Escape. */
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/**
 * A modal dialog: the browser keeps the focus inside and restores it afterwards
 * (https://www.w3.org/WAI/ARIA/apg/patterns/dialog-modal/).
 */
export function Dialog({ title, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={name} onClose={close}>
      <h2 id={name}>{title}</h2>
      {children}
    </dialog>
  );
}
