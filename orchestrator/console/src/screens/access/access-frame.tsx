/** What is around the views of keys, tokens and erasures: the way between them, and who may see them at all. */
import { Alert, Stack } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { may, type OperationId } from '../../api/call.ts';
import { useCaller } from '../../api/use-caller.ts';
import { Loading } from '../../parts/states.tsx';
import { ViewTitle } from '../../parts/view-title.tsx';
import { useTexts } from '../../texts/use-texts.ts';

const TABS = [
  ['/access', 'keys', 'listApiKeys'],
  ['/access/tokens', 'tokens', 'listEndedTokens'],
  ['/access/erasures', 'erasures', 'getErasure'],
] as const;

interface Given {
  /** The operation without which there is nothing to see. */
  readonly needs: OperationId;
  readonly children: ReactNode;
}

export function AccessFrame({ needs, children }: Given) {
  const { t } = useTexts();
  const role = useCaller().data?.role;
  return (
    <Stack gap="md">
      <ViewTitle title={t.access.title} about={t.access.about} />
      {role === undefined && <Loading />}
      {role !== undefined && !may(role, needs) && (
        <Alert color="yellow" title={t.states.forbidden}>
          {t.access.admins}
        </Alert>
      )}
      {may(role, needs) && (
        <>
          <nav className="tabs" aria-label={t.access.title}>
            {TABS.filter(([, , operation]) => may(role, operation)).map(([to, name]) => (
              <Link
                key={to}
                to={to}
                className="nav"
                activeOptions={{ exact: true }}
                activeProps={{ 'aria-current': 'page' }}
              >
                {t.access.tabs[name]}
              </Link>
            ))}
          </nav>
          {children}
        </>
      )}
    </Stack>
  );
}
