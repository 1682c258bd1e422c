/** One line of a description list: a name, and what it is. */
import type { ReactNode } from 'react';

export function Detail({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
