/** The command palette, and the list of keys. */
import { Kbd, Table, TextInput, UnstyledButton } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useSettings } from './api/settings.ts';
import { useMay } from './api/use-caller.ts';
import { Dialog } from './parts/dialog.tsx';
import { useTexts } from './texts/use-texts.ts';

interface Given {
  readonly opened: boolean;
  readonly onClose: () => void;
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function Palette({ opened, onClose }: Given) {
  const { t } = useTexts();
  const navigate = useNavigate();
  const mayAccess = useMay('listApiKeys');
  const hasCoupons = typeof useSettings()?.couponsUrl === 'string';
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  useEffect(() => {
    if (opened) setText('');
  }, [opened]);
  const typed = text.trim();
  const views = [
    { label: t.overview, go: () => navigate({ to: '/' }) },
    { label: t.sagas, go: () => navigate({ to: '/sagas' }) },
    { label: t.participants.title, go: () => navigate({ to: '/participants' }) },
    { label: t.batch.title, go: () => navigate({ to: '/batches' }) },
    { label: t.letters.title, go: () => navigate({ to: '/dead-letters' }) },
    { label: t.brakes.title, go: () => navigate({ to: '/brakes' }) },
    ...(hasCoupons ? [{ label: t.coupons.title, go: () => navigate({ to: '/coupons' }) }] : []),
    { label: t.definitions.title, go: () => navigate({ to: '/definitions' }) },
    { label: t.audit.title, go: () => navigate({ to: '/audit' }) },
    ...(mayAccess
      ? [
          { label: t.access.title, go: () => navigate({ to: '/access' }) },
          { label: t.access.tabs.tokens, go: () => navigate({ to: '/access/tokens' }) },
          { label: t.access.tabs.erasures, go: () => navigate({ to: '/access/erasures' }) },
        ]
      : []),
    {
      label: t.reference.title,
      go: () =>
        navigate({ to: '/reference/{-$kind}/{-$name}', params: { kind: undefined, name: undefined } }),
    },
    { label: t.palette.stuck, go: () => navigate({ to: '/sagas', search: { stuck: 'true' } }) },
    {
      label: t.palette.failedUndos,
      go: () => navigate({ to: '/sagas', search: { failedCompensation: 'true' } }),
    },
  ].filter(({ label }) => label.toLowerCase().includes(typed.toLowerCase()));
  const searches =
    typed === ''
      ? []
      : [
          ...(ID.test(typed)
            ? [
                {
                  label: t.palette.openSaga(typed),
                  go: () => navigate({ to: '/sagas/$id', params: { id: typed } }),
                },
              ]
            : []),
          {
            label: t.palette.searchFor(typed),
            go: () => navigate({ to: '/sagas', search: { text: typed } }),
          },
        ];
  const entries = [...(ID.test(typed) ? [] : views), ...searches];
  const current = Math.min(at, entries.length - 1);
  const choose = (index: number) => {
    onClose();
    void entries[index]?.go();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title={t.palette.title}>
      <TextInput
        data-autofocus
        size="sm"
        aria-label={t.palette.title}
        placeholder={t.palette.placeholder}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={(event) => {
          if (event.key === 'ArrowDown') setAt(Math.min(current + 1, entries.length - 1));
          else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
          else if (event.key === 'Enter') choose(current);
          else return;
          event.preventDefault();
        }}
      />
      <div className="entries">
        {entries.map(({ label }, index) => (
          <UnstyledButton
            key={label}
            className="entry"
            data-current={index === current || undefined}
            onClick={() => choose(index)}
          >
            {label}
          </UnstyledButton>
        ))}
      </div>
    </Dialog>
  );
}

export function KeyHelp({ opened, onClose }: Given) {
  const { t } = useTexts();
  const mayAccess = useMay('listApiKeys');
  const hasCoupons = typeof useSettings()?.couponsUrl === 'string';
  const keys: ReadonlyArray<readonly [string, string]> = [
    ['Ctrl K', t.keys.palette],
    ['/', t.keys.search],
    ['j', t.keys.next],
    ['k', t.keys.previous],
    ['Enter', t.keys.open],
    ['x', t.keys.select],
    ['r', t.keys.refresh],
    ['g o', t.keys.overview],
    ['g s', t.keys.sagas],
    ['g p', t.keys.participants],
    ['g b', t.keys.batches],
    ['g d', t.keys.letters],
    ['g r', t.keys.brakes],
    ...(hasCoupons ? [['g c', t.coupons.title] as const] : []),
    ['g a', t.keys.audit],
    ...(mayAccess ? [['g k', t.keys.access] as const] : []),
    ['g i', t.keys.reference],
    ['?', t.keys.help],
  ];
  return (
    <Dialog opened={opened} onClose={onClose} title={t.keys.title}>
      <Table>
        <Table.Tbody>
          {keys.map(([key, what]) => (
            <Table.Tr key={key}>
              <Table.Td>{what}</Table.Td>
              <Table.Td ta="right">
                <Kbd>{key}</Kbd>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}
