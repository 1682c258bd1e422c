/** Small values of campaigns: the state of one, what it takes off, and how much of it is issued. */
import { Badge, Progress, Text } from '@mantine/core';
import { Unreachable } from '../../api/call.ts';
import type { Campaign } from '../../api/coupons.ts';
import { useTexts } from '../../texts/use-texts.ts';

const COLOURS = {
  scheduled: 'gray',
  open: 'teal',
  'sold-out': 'orange',
  ended: 'gray',
  closed: 'gray',
} as const;

export function CampaignState({ status }: Pick<Campaign, 'status'>) {
  const { t } = useTexts();
  return (
    <Badge color={COLOURS[status]} className="flag" data-state={status}>
      {t.coupons.states[status]}
    </Badge>
  );
}

export function Discount({ of }: { readonly of: Campaign['discount'] }) {
  const { format } = useTexts();
  return <>{of.kind === 'percent' ? `${of.value} %` : format.money(of.value, of.currency)}</>;
}

/** How many are issued, as a bar and in words. */
export function Stock({ of: { name, total, issued, left } }: { readonly of: Campaign }) {
  const { t, format } = useTexts();
  return (
    <>
      <Progress
        value={total === 0 ? 0 : (100 * issued) / total}
        size="sm"
        aria-label={t.coupons.issuedOf(name)}
        color={left === 0 ? 'orange' : 'blue'}
      />
      <span className="line dim small">
        {t.coupons.stock(format.count(issued), format.count(total), format.count(left))}
      </span>
    </>
  );
}

/** Where the coupon API does not answer, what may be the cause. */
export function Hint({ error, url }: { readonly error: Error | null; readonly url: string }) {
  const { t } = useTexts();
  if (!(error instanceof Unreachable)) return null;
  return (
    <Text size="sm" mb="sm">
      {t.coupons.unreachable(url, location.origin)}
    </Text>
  );
}
