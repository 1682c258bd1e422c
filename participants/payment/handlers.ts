/** Payment's handlers: they write intents and undos; the worker calls the gateway. */
import type { CommandData, ReplyOf } from '#protocol/contract.ts';
import {
  type Command,
  defineParticipant,
  type HandlerContext,
  LATER,
  type Later,
} from '#runtime/participant.ts';
import { type PaymentContract, payment } from './contract.ts';
import { chargeInstantly } from './gateways/instant-gateway.ts';
import type { GatewayName, NewIntent } from './intent.ts';
import type { PaymentStore, WaitingUndo } from './store.ts';
import { undoAnswer } from './undo-answer.ts';

type ChargeCommand = Command<CommandData<PaymentContract, 'payment.charge'>>;

export interface HandlerOptions {
  readonly gateway: GatewayName;
  /** Called with the number of open intents that a batch wrote. */
  readonly onIntents?: (count: number) => void;
}

/** The payment participant. With the gateway `none` each command is answered in its own transaction. */
export function paymentParticipant(options: HandlerOptions) {
  return defineParticipant(payment)<PaymentStore>({
    'payment.charge': (commands, context) => charge(commands, context, options),
    'payment.refund': (commands, context) => takeBack('payment.refund', commands, context),
    'payment.revoke': (commands, context) => takeBack('payment.revoke', commands, context),
  });
}

async function charge(
  commands: readonly ChargeCommand[],
  { store, now }: HandlerContext<PaymentStore>,
  { gateway, onIntents }: HandlerOptions,
): Promise<Array<ReplyOf<PaymentContract, 'payment.charge'> | Later>> {
  const intents = commands.map((command) => newIntent(command, gateway));
  await store.insertIntents(intents, now);
  const open = intents.filter((intent) => intent.outcome === 'open').length;
  if (open > 0) onIntents?.(open);
  return intents.map((intent) => {
    if (intent.outcome === 'open') return LATER;
    if (intent.outcome === 'declined') {
      return { type: 'payment.declined', data: { code: intent.declineCode ?? 'declined' } };
    }
    const { amount, currency, gatewayId = '' } = intent;
    return { type: 'payment.charged', data: { chargeId: gatewayId, amount, currency } };
  });
}

/** The intent of a charge. An amount of 0 needs no gateway. */
function newIntent({ id, sagaId, data, traceparent }: ChargeCommand, gateway: GatewayName): NewIntent {
  const intent = { sagaId, commandId: id, ...data, traceparent };
  if (data.amount === 0)
    return { ...intent, gateway: 'none', outcome: 'charged', gatewayId: `free_${sagaId}` };
  if (gateway === 'none') return { ...intent, gateway, ...chargeInstantly(intent) };
  return { ...intent, gateway, outcome: 'open' };
}

type UndoType = 'payment.refund' | 'payment.revoke';

/** Raises the goal of the named charges; answers at once where no gateway call is left. */
async function takeBack<Type extends UndoType>(
  type: Type,
  commands: readonly Command[],
  { store, now }: HandlerContext<PaymentStore>,
): Promise<Array<ReplyOf<PaymentContract, Type> | Later>> {
  const keys = commands.flatMap(({ sagaId, targets }) =>
    targets.filter(({ state }) => state !== 'tombstone').map(({ commandId }) => ({ sagaId, commandId })),
  );
  const intents = await store.raiseGoals(keys, type === 'payment.refund' ? 'undo' : 'settle', now);
  const waiting: WaitingUndo[] = [];
  const answers = commands.map(({ id, sagaId, targets, traceparent = null }) => {
    const names = Object.fromEntries(
      targets.map(
        ({ commandId, state }) => [commandId, state === 'tombstone' ? 'not-executed' : null] as const,
      ),
    );
    const answer = undoAnswer(type, names, intents);
    if (answer !== null) return answer as ReplyOf<PaymentContract, Type>;
    waiting.push({ sagaId, commandId: id, type, names, traceparent });
    return LATER;
  });
  await store.insertUndos(waiting, now);
  return answers;
}
