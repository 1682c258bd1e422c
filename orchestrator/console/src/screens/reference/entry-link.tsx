/** Leads to an operation, a message or a schema. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Entry } from './documents.ts';

interface Given {
  readonly to: Pick<Entry, 'kind' | 'name'>;
  readonly className?: string;
  readonly children: ReactNode;
}

export function EntryLink({ to: { kind, name }, className, children }: Given) {
  return (
    <Link
      to="/reference/{-$kind}/{-$name}"
      params={{ kind, name }}
      search={(before) => before}
      activeOptions={{ exact: true, includeSearch: false }}
      activeProps={{ 'aria-current': 'page' }}
      {...(className !== undefined && { className })}
    >
      {children}
    </Link>
  );
}

export function Method({ of }: { readonly of: string }) {
  return (
    <span className="method mono" data-method={of}>
      {of}
    </span>
  );
}
