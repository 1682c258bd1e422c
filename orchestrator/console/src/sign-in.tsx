/** Shows the sign-in where nobody is signed in; over the view, which stays as it is, where a session has ended. */
import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import type { Issuer } from './api/oidc.ts';
import { signIn, signOut } from './api/session.ts';
import { useSettings } from './api/settings.ts';
import { useCaller, useSession } from './api/use-caller.ts';
import { Dialog } from './parts/dialog.tsx';
import { useTexts } from './texts/use-texts.ts';

interface Given {
  readonly problem: string | null;
  readonly children: ReactNode;
}

export function SignInGate({ problem, children }: Given) {
  const { t } = useTexts();
  const { token, isExpired } = useSession();
  const queries = useQueryClient();
  const caller = useCaller();
  const wasExpired = useRef(false);
  useEffect(() => {
    // What failed while nobody was signed in is requested again.
    if (wasExpired.current && !isExpired) void queries.invalidateQueries();
    wasExpired.current = isExpired;
  }, [isExpired, queries]);
  if (token === null || (isExpired && caller.data === undefined))
    return <SignInPage problem={problem} isEnded={isExpired} />;
  const role = caller.data?.role;
  if (role === 'customer' || role === 'service') return <NoView role={role} />;
  return (
    <>
      {children}
      <Dialog opened={isExpired} title={t.signIn.again}>
        <Stack gap="sm">
          <Text size="sm">{t.signIn.againAbout}</Text>
          <SignInForm />
        </Stack>
      </Dialog>
    </>
  );
}

function SignInPage({ problem, isEnded }: { readonly problem: string | null; readonly isEnded: boolean }) {
  const { t } = useTexts();
  return (
    <main className="centred">
      <Paper w={380} p="lg">
        <Stack gap="md">
          <Title order={1}>{t.title}</Title>
          {problem !== null && (
            <Alert color="red" title={t.signIn.failed}>
              {problem}
            </Alert>
          )}
          {isEnded && <Alert color="yellow">{t.signIn.again}</Alert>}
          <SignInForm />
        </Stack>
      </Paper>
    </main>
  );
}

function SignInForm() {
  const { t } = useTexts();
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const issuers = useSettings()?.signIn ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (token.trim() !== '') signIn(token.trim());
  };
  const leave = async (issuer: Issuer) => {
    const { leaveFor } = await import('./api/oidc.ts');
    await leaveFor(issuer).catch((error: unknown) => setProblem(String(error)));
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {problem !== null && <Alert color="red">{problem}</Alert>}
        {issuers.map((issuer) => (
          <Button key={issuer.issuer} size="sm" onClick={() => void leave(issuer)}>
            {t.signIn.with(new URL(issuer.issuer).host)}
          </Button>
        ))}
        {issuers.length === 0 && <Text size="sm">{t.signIn.about}</Text>}
        <PasswordInput
          label={t.signIn.token}
          autoComplete="off"
          data-autofocus
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
        />
        <Text size="xs" c="dimmed" className="mono">
          {t.signIn.tokenAbout}
        </Text>
        <Button
          type="submit"
          variant={issuers.length === 0 ? 'filled' : 'default'}
          disabled={token.trim() === ''}
        >
          {t.signIn.submit}
        </Button>
      </Stack>
    </form>
  );
}

function NoView({ role }: { readonly role: 'customer' | 'service' }) {
  const { t } = useTexts();
  return (
    <main className="centred">
      <Paper w={380} p="lg">
        <Stack>
          <Title order={1}>{t.states.forbidden}</Title>
          <Text size="sm">{t.signIn.noRole(t.roles[role])}</Text>
          <Button variant="default" onClick={signOut}>
            {t.signOut}
          </Button>
        </Stack>
      </Paper>
    </main>
  );
}
