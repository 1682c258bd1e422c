/** Keys of a view: single ones, `mod+k`, or two in a row such as `g o`. None works while a person types. */
import { useEffect, useEffectEvent } from 'react';

/** The longest time between the two keys of a row. */
const ROW_MS = 1_200;

export type Keys = Readonly<Record<string, () => unknown>>;

export function useKeys(keys: Keys): void {
  const handle = useEffectEvent((name: string): boolean => {
    const act = keys[name];
    act?.();
    return act !== undefined;
  });
  useEffect(() => {
    let before = { key: '', at: 0 };
    const onKey = (event: KeyboardEvent) => {
      const isModified = event.ctrlKey || event.metaKey;
      if (event.altKey || event.defaultPrevented) return;
      if (!isModified && isTyping(event.target)) return;
      if (document.querySelector('[role="dialog"]') !== null) return;
      // It is the focused control's own.
      if (event.key === 'Enter' && event.target !== document.body) return;
      const row = !isModified && event.timeStamp - before.at < ROW_MS ? `${before.key} ${event.key}` : '';
      before = { key: event.key, at: event.timeStamp };
      const isDone = (row !== '' && handle(row)) || handle(isModified ? `mod+${event.key}` : event.key);
      if (isDone) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
