/** `saga campaign list|get|create|close` and `saga coupon get`: campaigns and requests of the coupon API. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { CommandFailure, EXIT } from './failure.ts';
import { type Format, instant, render, renderOne, table } from './output.ts';
import { readPaged } from './paged.ts';
import { type Approval, planThenApply } from './plan-first.ts';
import { approved, count, limited, type VerbParts } from './verbs/parts.ts';

type Discount =
  | { readonly kind: 'percent'; readonly value: number }
  | { readonly kind: 'amount'; readonly value: number; readonly currency: string };

interface Campaign {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly total: number;
  readonly issued: number;
  readonly left: number;
  readonly discount: Discount;
  readonly startsAt: string | null;
  readonly endsAt: string | null;
  readonly validUntil: string | null;
  readonly createdAt: string;
}

/** What it would be; null: it is open from the start, or without an end. */
interface CreationPlan
  extends Pick<Campaign, 'name' | 'total' | 'discount' | 'startsAt' | 'endsAt' | 'validUntil'> {
  readonly worth: number | null;
}

interface ClosingPlan {
  readonly changes: boolean;
  readonly withholds: number;
}

interface CouponOutcome {
  readonly requestId: string;
  readonly status: string;
  readonly reason?: string;
  readonly couponId?: string;
}

interface Common {
  readonly couponsUrl?: string;
  readonly output: Format;
}

interface CloseOptions extends Approval {
  readonly couponsUrl?: string;
}

interface CreateOptions extends CloseOptions {
  readonly total: number;
  readonly percent?: number;
  readonly amount?: number;
  readonly currency?: string;
  readonly starts?: string;
  readonly ends?: string;
  readonly validUntil?: string;
}

const ID = "the campaign's id";

/** Adds `campaign …` and `coupon …` to the program. */
export function addCampaignVerbs(saga: Command, { verb, contextOf }: VerbParts): void {
  const campaigns = verb(saga, 'campaign', 'campaigns of first-come coupons');
  const own = (parent: Command, name: string, what: string) =>
    verb(parent, name, what).option(
      '--coupons-url <url>',
      "the coupon API (else the profile's, else SAGA_COUPONS_URL, else the local stack)",
    );
  const contextAt = ({ couponsUrl, ...options }: Common) => {
    const { url: _orders, ...rest } = options as Common & { url?: string };
    return contextOf({ ...rest, ...(couponsUrl !== undefined && { url: couponsUrl }) }, 'coupons');
  };

  limited(own(campaigns, 'list', 'campaigns, newest first')).action(
    async (options: Common & { limit: number }) => {
      const { api, out, say } = await contextAt(options);
      const { items, hasMore } = await readPaged<Campaign>(api, '/v1/campaigns', {}, options.limit);
      out(render(options.output, items, asTable));
      if (hasMore) say('There are more: raise --limit.');
    },
  );
  own(campaigns, 'get', 'a campaign, and how many coupons it has left')
    .argument('<id>', ID)
    .action(async (id: string, options: Common) => {
      const { api, out } = await contextAt(options);
      out(renderOne(options.output, await api.get<Campaign>(pathOf(id)), (one) => asTable([one])));
    });
  approved(own(campaigns, 'create', 'makes a campaign, after its plan'))
    .argument('<name>', 'what customers read')
    .requiredOption('--total <count>', 'how many coupons it has', count)
    .addOption(
      new Option('--percent <number>', 'the discount in percent').argParser(count).conflicts('amount'),
    )
    .option('--amount <number>', "the discount in the currency's minor unit", count)
    .option('--currency <code>', 'of the amount, such as EUR')
    .option('--starts <instant>', 'when it opens (default: now), such as 2026-11-30T12:00Z', moment)
    .option('--ends <instant>', 'when it ends', moment)
    .option('--valid-until <instant>', 'until when its coupons can be redeemed', moment)
    .action(createCampaign);
  approved(own(campaigns, 'close', 'closes a campaign, after its plan: it issues no more coupons'))
    .argument('<id>', ID)
    .action(closeCampaign);
  own(verb(saga, 'coupon', 'requests for coupons'), 'get', 'the outcome of a request')
    .argument('<request>', "the request's id")
    .action(async (id: string, options: Common) => {
      const { api, out } = await contextAt(options);
      const outcome = await api.get<CouponOutcome>(`/v1/coupon-requests/${encodeURIComponent(id)}`);
      out(renderOne(options.output, outcome, outcomeText));
    });

  async function createCampaign(name: string, options: CreateOptions): Promise<void> {
    const context = await contextAt(options);
    const made = await planThenApply<CreationPlan, Campaign>(context, options, {
      act: { path: '/v1/campaigns', fields: requestOf(name, options) },
      text: planText,
      question: 'Make it?',
      command: () => ['campaign', 'create', name, ...argumentsOf(options)],
      server: serverOf(options),
    });
    if (made !== null) context.out(renderOne(options.output, made, ({ id }) => `${id} is made`));
  }

  async function closeCampaign(id: string, options: CloseOptions): Promise<void> {
    const context = await contextAt(options);
    const closed = await planThenApply<ClosingPlan, Campaign>(context, options, {
      act: { path: `${pathOf(id)}/close` },
      text: closingText,
      question: 'Close it?',
      command: () => ['campaign', 'close', id],
      server: serverOf(options),
    });
    const text = ({ name, issued }: Campaign) => `${name} is closed with ${issued} coupons issued`;
    if (closed !== null) context.out(renderOne(options.output, closed, text));
  }
}

function requestOf(name: string, options: CreateOptions) {
  const { total, starts, ends, validUntil } = options;
  return {
    name,
    total,
    discount: discountOf(options),
    ...(starts !== undefined && { startsAt: starts }),
    ...(ends !== undefined && { endsAt: ends }),
    ...(validUntil !== undefined && { validUntil }),
  };
}

function discountOf({ percent, amount, currency }: CreateOptions): Discount {
  if (percent !== undefined) return { kind: 'percent', value: percent };
  if (amount !== undefined && currency !== undefined) return { kind: 'amount', value: amount, currency };
  throw new CommandFailure(EXIT.usage, 'Give the discount: --percent, or --amount with --currency.');
}

function argumentsOf(options: CreateOptions): string[] {
  const { total, percent, amount, currency, starts, ends, validUntil } = options;
  const given = { total, percent, amount, currency, starts, ends, 'valid-until': validUntil };
  return Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
}

/** The orders' API has no part in it. */
function serverOf({ couponsUrl, profile }: CloseOptions): string[] {
  return [
    ...(couponsUrl === undefined ? [] : ['--coupons-url', couponsUrl]),
    ...(profile === undefined ? [] : ['--profile', profile]),
  ];
}

function planText({ name, total, discount, startsAt, endsAt, validUntil, worth }: CreationPlan): string {
  const from = startsAt === null ? 'from now on' : `from ${instant(startsAt)}`;
  const until = endsAt === null ? '' : ` until ${instant(endsAt)}`;
  const valid = validUntil === null ? '' : `, to be redeemed until ${instant(validUntil)}`;
  const most = worth === null ? '' : ` They take off ${worth} in minor units at the most.`;
  return `"${name}" issues up to ${total} coupons of ${discountText(discount)}, ${from}${until}${valid}.${most}`;
}

function closingText({ changes, withholds }: ClosingPlan): string {
  return changes ? `It issues no more: ${withholds} coupons are withheld.` : 'It is closed already.';
}

function outcomeText({ requestId, status, reason, couponId }: CouponOutcome): string {
  return [`${requestId} ${status}`, reason, couponId].filter((one) => one !== undefined).join(': ');
}

function discountText(discount: Discount): string {
  return discount.kind === 'percent'
    ? `${discount.value} %`
    : `${discount.value} ${discount.currency} in minor units`;
}

function asTable(items: readonly Campaign[]): string {
  if (items.length === 0) return 'no campaigns';
  return table(
    ['CAMPAIGN', 'NAME', 'STATUS', 'TOTAL', 'ISSUED', 'LEFT', 'DISCOUNT', 'STARTS', 'ENDS'],
    items.map(({ id, name, status, total, issued, left, discount, startsAt, endsAt }) => [
      ...[id, name, status, String(total), String(issued), String(left), discountText(discount)],
      ...[startsAt, endsAt].map((at) => (at === null ? '' : instant(at))),
    ]),
  );
}

function moment(text: string): string {
  const at = new Date(text);
  if (Number.isNaN(at.getTime()))
    throw new InvalidArgumentError('Give an instant, such as 2026-11-30T12:00Z.');
  return at.toISOString();
}

const pathOf = (id: string) => `/v1/campaigns/${encodeURIComponent(id)}`;
