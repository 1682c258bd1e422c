/** What a part of a view shows while it loads, when it failed, and where there is nothing. */
import { Alert, Anchor, Button, Skeleton, Stack, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiProblem, Unreachable } from '../api/call.ts';
import { useTexts } from '../texts/use-texts.ts';

interface Loadable<T> {
  readonly data: T | undefined;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** Shows the data, or a skeleton, or the problem with a way to try again. */
export function Loaded<T>({
  of: { data, error, refetch },
  lines = 3,
  children,
}: {
  readonly of: Loadable<T>;
  readonly lines?: number;
  readonly children: (data: T) => ReactNode;
}) {
  if (data !== undefined) {
    return (
      <>
        {error !== null && <Failed error={error} retry={refetch} />}
        {children(data)}
      </>
    );
  }
  return error === null ? <Loading lines={lines} /> : <Failed error={error} retry={refetch} />;
}

export function Loading({ lines = 3 }: { readonly lines?: number }) {
  const { t } = useTexts();
  return (
    <Stack gap={8} role="status" aria-label={t.states.loading}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={14} width={`${92 - ((line * 17) % 40)}%`} />
      ))}
    </Stack>
  );
}

export function Failed({ error, retry }: { readonly error: Error; readonly retry: () => unknown }) {
  const { t } = useTexts();
  const status = error instanceof ApiProblem ? error.status : 0;
  // The sign-in is over the view.
  if (status === 401) return <Loading />;
  const title =
    error instanceof Unreachable
      ? t.states.unreachable
      : status === 403
        ? t.states.forbidden
        : status === 404
          ? t.states.notFound
          : t.states.failed;
  return (
    <Alert color={status === 403 || status === 404 ? 'yellow' : 'red'} title={title} mb="sm">
      <Stack gap="xs" align="flex-start">
        {!(error instanceof Unreachable) && <Text size="sm">{error.message}</Text>}
        {status !== 403 && status !== 404 && (
          <Button variant="default" onClick={() => void retry()}>
            {t.states.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

export function Empty({ children }: { readonly children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed" className="empty">
      {children}
    </Text>
  );
}

export function NotFound() {
  const { t } = useTexts();
  return (
    <Stack align="flex-start">
      <Text>{t.states.notFound}</Text>
      <Anchor renderRoot={(given) => <Link to="/" {...given} />}>{t.overview}</Anchor>
    </Stack>
  );
}
