/** What is around every view: where one is, whether it is live, who is signed in, and the keys that work everywhere. */
import { ActionIcon, Anchor, Group, Menu, NativeSelect, Text, useMantineColorScheme } from '@mantine/core';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useConnection } from './api/live.ts';
import { signOut } from './api/session.ts';
import { useSettings } from './api/settings.ts';
import { useCaller, useMay } from './api/use-caller.ts';
import { KeyHelp, Palette } from './palette.tsx';
import { useKeys } from './parts/use-keys.ts';
import { LANGUAGES, type Language, useTexts } from './texts/use-texts.ts';

const REFERENCE = '/reference/{-$kind}/{-$name}';

export function Shell() {
  const { t } = useTexts();
  const navigate = useNavigate();
  const mayAccess = useMay('listApiKeys');
  const hasCoupons = typeof useSettings()?.couponsUrl === 'string';
  const [opened, setOpened] = useState<'palette' | 'help' | null>(null);
  useKeys({
    'mod+k': () => setOpened('palette'),
    '?': () => setOpened('help'),
    'g o': () => void navigate({ to: '/' }),
    'g s': () => void navigate({ to: '/sagas' }),
    'g p': () => void navigate({ to: '/participants' }),
    'g b': () => void navigate({ to: '/batches' }),
    'g d': () => void navigate({ to: '/dead-letters' }),
    'g r': () => void navigate({ to: '/brakes' }),
    ...(hasCoupons && { 'g c': () => void navigate({ to: '/coupons' }) }),
    'g a': () => void navigate({ to: '/audit' }),
    'g i': () => void navigate({ to: REFERENCE, params: { kind: undefined, name: undefined } }),
    ...(mayAccess && { 'g k': () => void navigate({ to: '/access' }) }),
    '/': () => focusSearch() || void navigate({ to: '/sagas' }),
  });
  return (
    <>
      <a className="skip" href="#content">
        {t.skipToContent}
      </a>
      <header className="bar">
        <Text component="span" className="brand">
          {t.title}
        </Text>
        <nav aria-label={t.title}>
          <Group gap={2}>
            <NavLink to="/" label={t.overview} exact />
            <NavLink to="/sagas" label={t.sagas} />
            <NavLink to="/participants" label={t.participants.title} />
            <NavLink to="/batches" label={t.batch.title} />
            <NavLink to="/dead-letters" label={t.letters.title} />
            <NavLink to="/brakes" label={t.brakes.title} />
            {hasCoupons && <NavLink to="/coupons" label={t.coupons.title} />}
            <NavLink to="/definitions" label={t.definitions.title} />
            <NavLink to="/audit" label={t.audit.title} />
            {mayAccess && <NavLink to="/access" label={t.access.short} />}
            <NavLink to={REFERENCE} label={t.reference.short} />
          </Group>
        </nav>
        <Group gap="sm" ml="auto" className="bar-end" wrap="nowrap">
          <ConnectionState />
          <ActionIcon variant="subtle" color="gray" aria-label={t.help} onClick={() => setOpened('help')}>
            ?
          </ActionIcon>
          <PersonMenu />
        </Group>
      </header>
      <main id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <Palette opened={opened === 'palette'} onClose={() => setOpened(null)} />
      <KeyHelp opened={opened === 'help'} onClose={() => setOpened(null)} />
    </>
  );
}

function NavLink({
  to,
  label,
  exact = false,
}: {
  readonly to:
    | '/'
    | '/sagas'
    | '/participants'
    | '/batches'
    | '/dead-letters'
    | '/brakes'
    | '/coupons'
    | '/definitions'
    | '/audit'
    | '/access'
    | typeof REFERENCE;
  readonly label: string;
  readonly exact?: boolean;
}) {
  return (
    <Link
      to={to}
      // Else the link to the reference would keep the entry that is open.
      params={{ kind: undefined, name: undefined }}
      className="nav"
      activeOptions={{ exact, includeSearch: false }}
      activeProps={{ 'aria-current': 'page' }}
    >
      {label}
    </Link>
  );
}

function ConnectionState() {
  const { t } = useTexts();
  const connection = useConnection();
  return (
    <span className="connection" data-state={connection} role="status">
      <span className="dot" aria-hidden />
      {t.connection[connection]}
    </span>
  );
}

function PersonMenu() {
  const { t, language, choose } = useTexts();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { data } = useCaller();
  return (
    <Menu position="bottom-end" withinPortal={false}>
      <Menu.Target>
        <Anchor component="button" type="button" size="sm" className="person">
          {data?.subject ?? '…'}
        </Anchor>
      </Menu.Target>
      <Menu.Dropdown p="sm" miw={220}>
        <Text size="xs" c="dimmed" mb="xs">
          {data === undefined ? '' : `${data.subject} · ${t.roles[data.role]}`}
        </Text>
        <NativeSelect
          label={t.language}
          value={language}
          onChange={(event) => choose(event.currentTarget.value as Language)}
          data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
          mb="xs"
        />
        <NativeSelect
          label={t.theme.label}
          value={colorScheme}
          onChange={(event) => setColorScheme(event.currentTarget.value as 'light' | 'dark' | 'auto')}
          data={(['auto', 'light', 'dark'] as const).map((value) => ({ value, label: t.theme[value] }))}
          mb="xs"
        />
        <Menu.Item onClick={signOut}>{t.signOut}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** @returns whether the view has a search */
function focusSearch(): boolean {
  const search = document.querySelector<HTMLInputElement>('[data-search]');
  search?.focus();
  search?.select();
  return search !== null;
}
