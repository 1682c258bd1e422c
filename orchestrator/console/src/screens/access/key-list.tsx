/** Backends' API keys: which live, whose they are, and the end of one. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { useMay } from '../../api/use-caller.ts';
import type { ApiKey, ApiKeyPage } from '../../generated/api.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { PagedRows } from '../../parts/paged-rows.tsx';
import { Day, Time } from '../../parts/values.tsx';
import { useTexts } from '../../texts/use-texts.ts';
import { AccessFrame } from './access-frame.tsx';
import { AccessState } from './access-state.tsx';
import { NewKey } from './new-key.tsx';
import { RevokeKey } from './revoke-key.tsx';

const PAGE = 50;
const REFRESH_MS = 10_000;

export function KeyList() {
  const mayCreate = useMay('createApiKey');
  return (
    <AccessFrame needs="listApiKeys">
      <div className="columns">
        <Keys />
        {mayCreate && <NewKey />}
      </div>
    </AccessFrame>
  );
}

function Keys() {
  const { t } = useTexts();
  const mayRevoke = useMay('revokeApiKey');
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const pages = useInfiniteQuery({
    queryKey: ['api-keys'],
    queryFn: ({ pageParam }): Promise<ApiKeyPage> =>
      call('listApiKeys', { query: { limit: PAGE, ...(pageParam !== null && { cursor: pageParam }) } }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: REFRESH_MS,
  });
  return (
    <PagedRows
      title={t.access.newest}
      of={pages}
      none={t.access.keys.none}
      row={(key) => (
        <Line key={key.keyId} of={key} {...(mayRevoke && { onRevoke: () => setRevoking(key) })} />
      )}
    >
      {revoking !== null && (
        <Dialog opened title={t.access.keys.revokeOne(revoking.keyId)} onClose={() => setRevoking(null)}>
          <RevokeKey apiKey={revoking} onRevoked={() => setRevoking(null)} />
        </Dialog>
      )}
    </PagedRows>
  );
}

function Line({ of, onRevoke }: { readonly of: ApiKey; readonly onRevoke?: () => void }) {
  const { t } = useTexts();
  const { keyId, holder, state, createdAt, createdBy, expiresAt, revokedAt, revokedBy } = of;
  return (
    <li className="row">
      <AccessState state={state} />
      <span className="grow">
        <span className="strong">
          <bdi>{holder}</bdi>
        </span>{' '}
        <span className="mono dim">{keyId}</span>
        <span className="line dim wrap">
          {t.access.keys.made} <bdi>{createdBy}</bdi> · <Time at={createdAt} />
        </span>
        <span className="line dim wrap">
          {revokedAt === null ? (
            <>
              {t.access.until} <Day at={expiresAt} />
            </>
          ) : (
            <>
              {t.access.keys.revokedBy} <bdi>{revokedBy}</bdi> · <Time at={revokedAt} />
            </>
          )}
        </span>
      </span>
      {onRevoke !== undefined && state !== 'revoked' && (
        <Button
          variant="default"
          size="compact-xs"
          aria-label={t.access.keys.revokeOne(keyId)}
          onClick={onRevoke}
        >
          {t.access.keys.revoke}
        </Button>
      )}
    </li>
  );
}
