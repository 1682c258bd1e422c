/** A text that a person types: it stays in this tab through a sign-in that leaves the page. */
import { useState } from 'react';

export function useDraft(name: string): [string, (text: string) => void] {
  const key = `console.draft.${name}`;
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '');
  return [
    text,
    (to) => {
      if (to === '') sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, to);
      setText(to);
    },
  ];
}
