/**
 * Sends a burst as impatient clients do: many at once, each again under its key until it is accepted; then reads the
 * answers.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { StackProblem } from '#scripts/run/stack/problem.ts';
import { openSender, type Sender } from '#scripts/verify/bench/sockets.ts';
import type { Planned } from './burst-plan.ts';
import type { Answer } from './judge-burst.ts';

const AT_ONCE = 200;
const AGAIN_AFTER_MS = 200;
/** A request that the API has not accepted for so long is given up. */
const TAKEN_WITHIN_MS = 90_000;
const ANSWERED_WITHIN_MS = 90_000;

export interface Api {
  readonly url: string;
  readonly token: string;
}

/**
 * Makes a campaign; its id.
 * @throws StackProblem when it is refused
 */
export async function newCampaign({ url, token }: Api, wanted: object): Promise<string> {
  const answer = await fetch(`${url}/v1/campaigns`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(wanted),
  });
  const body = (await answer.json()) as { id: string };
  if (answer.status !== 201)
    throw new StackProblem(`a campaign was answered ${answer.status}: ${JSON.stringify(body)}`);
  return body.id;
}

/** The results of sending. */
export interface Sent {
  /** The public ids of the requests, in the order of the plan; null: never accepted. */
  readonly ids: ReadonlyArray<string | null>;
  /** Answers other than 202, connections that broke included: each was followed by another try. */
  readonly turnedAway: number;
}

/** Sends every request of the plan. `passes` is waited for before each, by its place in the plan. */
export async function sendBurst(
  api: Api,
  campaignId: string,
  plan: readonly Planned[],
  passes: (place: number) => Promise<void> | undefined,
): Promise<Sent> {
  const ids = new Array<string | null>(plan.length).fill(null);
  let turnedAway = 0;
  await inTurn(api, plan.length, async (requests, place) => {
    const { userId, key } = plan[place] as Planned;
    await passes(place);
    const body = JSON.stringify({ userId });
    const head = `idempotency-key: ${key}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
    const until = performance.now() + TAKEN_WITHIN_MS;
    for (;;) {
      const answer = await requests(`POST /v1/campaigns/${campaignId}/requests`, head, body);
      if (answer.status === 202) {
        ids[place] = (JSON.parse(answer.body) as { requestId: string }).requestId;
        return;
      }
      turnedAway += 1;
      if (performance.now() > until) return;
      await pause(AGAIN_AFTER_MS);
    }
  });
  return { ids, turnedAway };
}

/**
 * The answer to each request once it is decided, in their order; null: none within a minute and a half, or not found.
 */
export async function checkAll(api: Api, ids: ReadonlyArray<string | null>): Promise<Array<Answer | null>> {
  const answers = new Array<Answer | null>(ids.length).fill(null);
  const until = performance.now() + ANSWERED_WITHIN_MS;
  await inTurn(api, ids.length, async (requests, place) => {
    if (ids[place] === null) return;
    for (;;) {
      const answer = await requests(`GET /v1/coupon-requests/${ids[place]}`, '', '');
      if (answer.status === 200) answers[place] = JSON.parse(answer.body) as Answer;
      if (answer.status === 404 || (answer.status === 200 && answers[place]?.status !== 'pending')) return;
      if (performance.now() > until) return;
      await pause(AGAIN_AFTER_MS);
    }
  });
  return answers;
}

type Request = (line: string, head: string, body: string) => Promise<{ status: number; body: string }>;

/** Works through a number of places, so many at once. */
async function inTurn(
  { url, token }: Api,
  count: number,
  work: (requests: Request, place: number) => Promise<void>,
): Promise<void> {
  const sender = openSender(url);
  const fixed = `host: ${new URL(url).host}\r\nauthorization: Bearer ${token}\r\n`;
  let next = 0;
  const worker = async () => {
    while (next < count) await work(requestOver(sender, fixed), next++);
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count) }, worker));
  } finally {
    sender.close();
  }
}

function requestOver(sender: Sender, fixed: string): Request {
  return (line, head, text) =>
    new Promise((resolve) => {
      sender.send(`${line} HTTP/1.1\r\n${fixed}${head}`, text, (status, body) => resolve({ status, body }));
    });
}
