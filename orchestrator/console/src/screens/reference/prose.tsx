/** Texts of the API's documents: paragraphs, and words in backticks as code. */
import type { ReactNode } from 'react';

/** @returns a text whose every second part stood in backticks */
const parts = (text: string) => text.split('`');

export function Words({ of }: { readonly of: string }): ReactNode {
  return parts(of).map((part, i) =>
    i % 2 === 0 ? (
      part
    ) : (
      <code key={i} className="mono">
        {part}
      </code>
    ),
  );
}

export function Prose({ of }: { readonly of: string }) {
  return (
    <div className="prose">
      {of
        .split(/\n\s*\n/)
        .filter((paragraph) => paragraph.trim() !== '')
        .map((paragraph) => (
          <p key={paragraph}>
            <Words of={paragraph} />
          </p>
        ))}
    </div>
  );
}
