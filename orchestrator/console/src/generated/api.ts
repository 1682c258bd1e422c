/**
 * Types of the API's operations, by their ids, and the roles that may call each. Generated from `/openapi.json` by
 * `npm run build -- --types`; a test compares the two.
 */

/**
 * The effect of an action, with the exact messages it would send.
 */
export type Plan = ({
dryRun: true
action: ("retry" | "compensate" | "cancel" | "pause" | "resume" | "skip" | "edit" | "migrate" | "resolve")
outcome: "applies"
/**
 * SHA-256 over what the plan promises: the saga, its revision, the action, each message, the next state.
 */
planHash: string
state: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
sends: {
id: string
type: string
topic: string
key: string
/**
 * Of a command: which of its type in its saga.
 */
number?: number
/**
 * The same bytes were sent before.
 */
again: boolean
/**
 * Its content as sent; only operators see it.
 */
data?: {
[k: string]: unknown
}
}[]
/**
 * The most that these messages move: an undo takes back what its participant finds done.
 */
totals: {
/**
 * Such as `money`, `stock`, `coupons` or `mails`.
 */
kind: string
/**
 * Such as `refunded` or `released`.
 */
effect: string
/**
 * Of money the currency, else the thing.
 */
of: string
/**
 * Of money in the currency’s minor unit, else pieces.
 */
quantity: number
/**
 * For people: `EUR 24.90`, `2 of coffee-beans`.
 */
text: string
}[]
/**
 * Ids of messages the pause would hold back.
 */
holds: string[]
/**
 * What follows from the replies, if all goes well; no part of the hash.
 */
afterwards: {
state: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
/**
 * False: the preview reached no final state.
 */
complete: boolean
steps: {
commandId: string
type: string
/**
 * The saga sent it and awaits its reply.
 */
awaited: boolean
/**
 * It undoes a skipped command: an operator must undo it by hand and skip with the evidence.
 */
needsEvidence?: true
}[]
}
} | {
dryRun: true
action: ("retry" | "compensate" | "cancel" | "pause" | "resume" | "skip" | "edit" | "migrate" | "resolve")
outcome: ("refused" | "waits")
detail: string
/**
 * @maxItems 0
 */
sends: []
})
export type ActionRequest = ({
action: ("retry" | "compensate" | "pause" | "resume" | "resolve")
reason: string
/**
 * Preview the action without applying it.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
} | {
action: "skip"
reason: string
/**
 * Preview the action without applying it.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
evidence: string
result?: {
[k: string]: unknown
}
} | {
action: "edit"
reason: string
/**
 * Preview the action without applying it.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
input?: {
[k: string]: unknown
}
context?: {
[k: string]: unknown
}
} | {
action: "migrate"
reason: string
/**
 * Preview the action without applying it.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
toVersion: number
})
/**
 * Bytes as a person reads them. hidden: it is no message, so nobody knows which of it is personal.
 */
export type ReadableBody = ({
format: "json"
json: unknown
} | {
format: ("text" | "hex")
text: string
truncated: boolean
} | {
format: "hidden"
})
export type SagaBatchRequest = ({
action: ("retry" | "compensate" | "cancel" | "pause" | "resume" | "resolve")
/**
 * For the audit, and in messages that quote it.
 */
reason: string
/**
 * Which sagas: the filter of `GET /v1/sagas`.
 */
filter?: {
/**
 * Failed: every executed step was undone.
 */
status?: ("running" | "compensating" | "completed" | "failed")
/**
 * A state; it matches its child states too.
 */
state?: string
/**
 * Whether it still runs, or ended and has something open: an incident, an undo, a pause.
 */
active?: boolean
/**
 * Whether it has an incident, that is, needs a person.
 */
stuck?: boolean
/**
 * Whether it stays in its state longer than is normal, and no failure explains it.
 */
stalled?: boolean
/**
 * Whether an operator has paused it.
 */
paused?: boolean
/**
 * Whether a step back is refused, needs evidence, or holds with an incident.
 */
failedCompensation?: boolean
/**
 * Of its incident, or of the failure that delays it now: as the counts and the sagas have it.
 */
fingerprint?: string
/**
 * Whose failure its incident is, or the one that delays it now: a participant, or `orchestrator`.
 */
failureParticipant?: string
/**
 * The code of its incident, or of the failure that delays it now.
 */
failureCode?: string
/**
 * The customer it belongs to.
 */
customerId?: string
/**
 * The name of its definition.
 */
definition?: string
/**
 * The version of its definition.
 */
definitionVersion?: number
/**
 * Created at this instant or later.
 */
createdAfter?: string
/**
 * Created before this instant.
 */
createdBefore?: string
/**
 * Created so long ago, or longer.
 */
minAgeMs?: number
/**
 * Created so long ago at the most.
 */
maxAgeMs?: number
/**
 * In its state for so long, or longer. Only active sagas.
 */
minInStateMs?: number
/**
 * In its state for so long at the most. Only active sagas.
 */
maxInStateMs?: number
/**
 * A part of the customer’s id, of a searchable field, or of the code or text of its incident or last failure; or an id: the saga’s, one of its commands’, messages’.
 */
text?: string
/**
 * The coupon it redeems.
 */
couponId?: string
/**
 * The sku of one of its items.
 */
sku?: string
/**
 * The payment’s id at the gateway, once it is charged.
 */
gatewayId?: string
/**
 * The amount in the currency’s minor unit. At least.
 */
minAmount?: number
/**
 * The amount in the currency’s minor unit. At most.
 */
maxAmount?: number
}
/**
 * Or these.
 * 
 * @minItems 1
 * @maxItems 10000
 */
sagaIds?: [string, ...(string)[]]
/**
 * Only the oldest so many. Without it more than 10000 matching sagas are refused.
 */
limit?: number
/**
 * The most sagas a second.
 */
perSecond?: number
/**
 * The batch stops where a greater share of a wave fails again.
 */
stopShare?: number
/**
 * How long a saga is watched for its end, before its outcome is `undecided`.
 */
watchSeconds?: number
/**
 * Of a dry run: list sagas from this number on.
 */
from?: number
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
} | {
action: "skip"
/**
 * For the audit, and in messages that quote it.
 */
reason: string
/**
 * Which sagas: the filter of `GET /v1/sagas`.
 */
filter?: {
/**
 * Failed: every executed step was undone.
 */
status?: ("running" | "compensating" | "completed" | "failed")
/**
 * A state; it matches its child states too.
 */
state?: string
/**
 * Whether it still runs, or ended and has something open: an incident, an undo, a pause.
 */
active?: boolean
/**
 * Whether it has an incident, that is, needs a person.
 */
stuck?: boolean
/**
 * Whether it stays in its state longer than is normal, and no failure explains it.
 */
stalled?: boolean
/**
 * Whether an operator has paused it.
 */
paused?: boolean
/**
 * Whether a step back is refused, needs evidence, or holds with an incident.
 */
failedCompensation?: boolean
/**
 * Of its incident, or of the failure that delays it now: as the counts and the sagas have it.
 */
fingerprint?: string
/**
 * Whose failure its incident is, or the one that delays it now: a participant, or `orchestrator`.
 */
failureParticipant?: string
/**
 * The code of its incident, or of the failure that delays it now.
 */
failureCode?: string
/**
 * The customer it belongs to.
 */
customerId?: string
/**
 * The name of its definition.
 */
definition?: string
/**
 * The version of its definition.
 */
definitionVersion?: number
/**
 * Created at this instant or later.
 */
createdAfter?: string
/**
 * Created before this instant.
 */
createdBefore?: string
/**
 * Created so long ago, or longer.
 */
minAgeMs?: number
/**
 * Created so long ago at the most.
 */
maxAgeMs?: number
/**
 * In its state for so long, or longer. Only active sagas.
 */
minInStateMs?: number
/**
 * In its state for so long at the most. Only active sagas.
 */
maxInStateMs?: number
/**
 * A part of the customer’s id, of a searchable field, or of the code or text of its incident or last failure; or an id: the saga’s, one of its commands’, messages’.
 */
text?: string
/**
 * The coupon it redeems.
 */
couponId?: string
/**
 * The sku of one of its items.
 */
sku?: string
/**
 * The payment’s id at the gateway, once it is charged.
 */
gatewayId?: string
/**
 * The amount in the currency’s minor unit. At least.
 */
minAmount?: number
/**
 * The amount in the currency’s minor unit. At most.
 */
maxAmount?: number
}
/**
 * Or these.
 * 
 * @minItems 1
 * @maxItems 10000
 */
sagaIds?: [string, ...(string)[]]
/**
 * Only the oldest so many. Without it more than 10000 matching sagas are refused.
 */
limit?: number
/**
 * The most sagas a second.
 */
perSecond?: number
/**
 * The batch stops where a greater share of a wave fails again.
 */
stopShare?: number
/**
 * How long a saga is watched for its end, before its outcome is `undecided`.
 */
watchSeconds?: number
/**
 * Of a dry run: list sagas from this number on.
 */
from?: number
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
evidence: string
result?: {
[k: string]: unknown
}
} | {
action: "migrate"
/**
 * For the audit, and in messages that quote it.
 */
reason: string
/**
 * Which sagas: the filter of `GET /v1/sagas`.
 */
filter?: {
/**
 * Failed: every executed step was undone.
 */
status?: ("running" | "compensating" | "completed" | "failed")
/**
 * A state; it matches its child states too.
 */
state?: string
/**
 * Whether it still runs, or ended and has something open: an incident, an undo, a pause.
 */
active?: boolean
/**
 * Whether it has an incident, that is, needs a person.
 */
stuck?: boolean
/**
 * Whether it stays in its state longer than is normal, and no failure explains it.
 */
stalled?: boolean
/**
 * Whether an operator has paused it.
 */
paused?: boolean
/**
 * Whether a step back is refused, needs evidence, or holds with an incident.
 */
failedCompensation?: boolean
/**
 * Of its incident, or of the failure that delays it now: as the counts and the sagas have it.
 */
fingerprint?: string
/**
 * Whose failure its incident is, or the one that delays it now: a participant, or `orchestrator`.
 */
failureParticipant?: string
/**
 * The code of its incident, or of the failure that delays it now.
 */
failureCode?: string
/**
 * The customer it belongs to.
 */
customerId?: string
/**
 * The name of its definition.
 */
definition?: string
/**
 * The version of its definition.
 */
definitionVersion?: number
/**
 * Created at this instant or later.
 */
createdAfter?: string
/**
 * Created before this instant.
 */
createdBefore?: string
/**
 * Created so long ago, or longer.
 */
minAgeMs?: number
/**
 * Created so long ago at the most.
 */
maxAgeMs?: number
/**
 * In its state for so long, or longer. Only active sagas.
 */
minInStateMs?: number
/**
 * In its state for so long at the most. Only active sagas.
 */
maxInStateMs?: number
/**
 * A part of the customer’s id, of a searchable field, or of the code or text of its incident or last failure; or an id: the saga’s, one of its commands’, messages’.
 */
text?: string
/**
 * The coupon it redeems.
 */
couponId?: string
/**
 * The sku of one of its items.
 */
sku?: string
/**
 * The payment’s id at the gateway, once it is charged.
 */
gatewayId?: string
/**
 * The amount in the currency’s minor unit. At least.
 */
minAmount?: number
/**
 * The amount in the currency’s minor unit. At most.
 */
maxAmount?: number
}
/**
 * Or these.
 * 
 * @minItems 1
 * @maxItems 10000
 */
sagaIds?: [string, ...(string)[]]
/**
 * Only the oldest so many. Without it more than 10000 matching sagas are refused.
 */
limit?: number
/**
 * The most sagas a second.
 */
perSecond?: number
/**
 * The batch stops where a greater share of a wave fails again.
 */
stopShare?: number
/**
 * How long a saga is watched for its end, before its outcome is `undecided`.
 */
watchSeconds?: number
/**
 * Of a dry run: list sagas from this number on.
 */
from?: number
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
toVersion: number
})
export type EndTokensRequest = ({
/**
 * Whose tokens, as the audit and the orders name the person: a customer’s id, or the `sub`, with the prefix of its issuer.
 */
subject: string
/**
 * For the audit.
 */
reason: string
/**
 * Show what it would end, without ending it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
} | {
/**
 * The `jti` of one token.
 */
tokenId: string
/**
 * For the audit.
 */
reason: string
/**
 * Show what it would end, without ending it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
})

export interface Operations {
getLiveness: {
params: {

}
query: {

}
answer: Healthy
}
getReadiness: {
params: {

}
query: {

}
answer: Healthy
}
getMetrics: {
params: {

}
query: {

}
answer: never
}
placeOrder: {
params: {

}
query: {

}
body: OrderRequest
answer: OrderAccepted
}
getOrder: {
params: {
id: string
}
query: {

}
answer: Order
}
cancelOrder: {
params: {
id: string
}
query: {

}
body: CancelRequest
answer: (Plan | ActionAccepted)
}
followSagas: {
params: {

}
query: {
status?: ("running" | "compensating" | "completed" | "failed")
state?: string
stuck?: ("true" | "false")
customerId?: string
moves?: ("true" | "false")
counts?: ("true" | "false")
}
answer: never
}
followSaga: {
params: {
id: string
}
query: {

}
answer: never
}
countSagas: {
params: {

}
query: {
status?: ("running" | "compensating" | "completed" | "failed")
state?: string
active?: ("true" | "false")
stuck?: ("true" | "false")
stalled?: ("true" | "false")
paused?: ("true" | "false")
failedCompensation?: ("true" | "false")
fingerprint?: string
failureParticipant?: string
failureCode?: string
customerId?: string
definition?: string
definitionVersion?: number
createdAfter?: string
createdBefore?: string
minAgeMs?: number
maxAgeMs?: number
minInStateMs?: number
maxInStateMs?: number
text?: string
couponId?: string
sku?: string
gatewayId?: string
minAmount?: number
maxAmount?: number
}
answer: SagaCounts
}
listSagas: {
params: {

}
query: {
sort?: ("newest" | "oldest" | "longestInState")
cursor?: string
limit?: number
status?: ("running" | "compensating" | "completed" | "failed")
state?: string
active?: ("true" | "false")
stuck?: ("true" | "false")
stalled?: ("true" | "false")
paused?: ("true" | "false")
failedCompensation?: ("true" | "false")
fingerprint?: string
failureParticipant?: string
failureCode?: string
customerId?: string
definition?: string
definitionVersion?: number
createdAfter?: string
createdBefore?: string
minAgeMs?: number
maxAgeMs?: number
minInStateMs?: number
maxInStateMs?: number
text?: string
couponId?: string
sku?: string
gatewayId?: string
minAmount?: number
maxAmount?: number
}
answer: SagaPage
}
getSaga: {
params: {
id: string
}
query: {

}
answer: Saga
}
getSagaHistory: {
params: {
id: string
}
query: {
messages?: ("true" | "false")
before?: number
}
answer: SagaHistory
}
listViews: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: SavedViewPage
}
createView: {
params: {

}
query: {

}
body: SavedViewRequest
answer: (SavedViewPlan | SavedView)
}
getView: {
params: {
id: string
}
query: {

}
answer: SavedView
}
replaceView: {
params: {
id: string
}
query: {

}
body: SavedViewRequest
answer: (SavedView | SavedViewPlan)
}
deleteView: {
params: {
id: string
}
query: {
reason: string
dryRun?: ("true" | "false")
planHash?: string
}
answer: (SavedView | SavedViewPlan)
}
getDefinitionGraph: {
params: {
name: string
version: number
}
query: {
format?: ("json" | "mermaid")
}
answer: DefinitionGraph
}
getSagaGraph: {
params: {
id: string
}
query: {
format?: ("json" | "mermaid")
}
answer: SagaGraph
}
getSagaWhy: {
params: {
id: string
}
query: {

}
answer: Why
}
actOnSaga: {
params: {
id: string
}
query: {

}
body: ActionRequest
answer: (Plan | ActionAccepted)
}
getAction: {
params: {
id: string
}
query: {

}
answer: Action
}
listAudit: {
params: {

}
query: {
sagaId?: string
actor?: string
action?: string
batchId?: string
createdAfter?: string
createdBefore?: string
cursor?: number
limit?: number
}
answer: AuditPage
}
verifyAudit: {
params: {

}
query: {

}
answer: AuditVerdict
}
verifyJournals: {
params: {

}
query: {
sagaId?: string
createdAfter?: string
createdBefore?: string
chainedSince?: string
cursor?: string
limit?: number
}
answer: JournalVerdict
}
listBrakes: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: BrakesPage
}
setBrake: {
params: {

}
query: {

}
body: BrakeRequest
answer: (BrakePlan | Brake)
}
getBrake: {
params: {
id: string
}
query: {

}
answer: BrakeWithHeld
}
releaseBrake: {
params: {
id: string
}
query: {

}
body: ReleaseRequest
answer: (ReleasePlan | Brake)
}
listParticipants: {
params: {

}
query: {

}
answer: ParticipantList
}
getThroughput: {
params: {

}
query: {
minutes?: number
}
answer: Throughput
}
listDeadLetters: {
params: {

}
query: {
sagaId?: string
reason?: string
topic?: string
group?: string
state?: ("open" | "resent" | "discarded")
parkedBefore?: string
parkedAfter?: string
waiting?: ("true" | "false")
cursor?: number
limit?: number
}
answer: DeadLetterPage
}
groupDeadLetters: {
params: {

}
query: {
sagaId?: string
reason?: string
topic?: string
group?: string
state?: ("open" | "resent" | "discarded")
parkedBefore?: string
parkedAfter?: string
limit?: number
}
answer: DeadLetterGroups
}
getDeadLetter: {
params: {
partition: number
offset: number
}
query: {

}
answer: DeadLetter
}
readDeadLetter: {
params: {
partition: number
offset: number
}
query: {

}
answer: DeadLetterMessage
}
resendDeadLetter: {
params: {
partition: number
offset: number
}
query: {

}
body: ResendRequest
answer: DeadLetterSent
}
editDeadLetter: {
params: {
partition: number
offset: number
}
query: {

}
body: DeadLetterEditRequest
answer: DeadLetterEdited
}
discardDeadLetter: {
params: {
partition: number
offset: number
}
query: {

}
body: DeadLetterDiscardRequest
answer: DeadLetterDiscarded
}
actOnDeadLetters: {
params: {

}
query: {

}
body: DeadLetterBatchRequest
answer: (DeadLetterBatchPlan | Batch)
}
followBatch: {
params: {
id: string
}
query: {

}
answer: never
}
listBatches: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: BatchPage
}
actOnSagas: {
params: {

}
query: {

}
body: SagaBatchRequest
answer: (SagaBatchPlan | Batch)
}
getBatch: {
params: {
id: string
}
query: {

}
answer: Batch
}
listBatchItems: {
params: {
id: string
}
query: {
state?: ("waiting" | "watched" | "ended")
outcome?: string
cursor?: number
limit?: number
}
answer: BatchItems
}
exportBatch: {
params: {
id: string
}
query: {
format?: ("json" | "csv")
}
answer: BatchExport
}
actOnBatch: {
params: {
id: string
}
query: {

}
body: BatchActionRequest
answer: (Batch | BatchActPlan)
}
listCompensationFailures: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: CompensationFailures
}
listDefinitions: {
params: {

}
query: {

}
answer: DefinitionPage
}
activateDefinition: {
params: {
name: string
}
query: {

}
body: ActivationRequest
answer: Activated
}
startSaga: {
params: {
name: string
}
query: {

}
body: {
[k: string]: unknown
}
answer: SagaStarted
}
requestErasure: {
params: {

}
query: {

}
body: ErasureRequest
answer: (ErasurePlan | Erasure)
}
getErasure: {
params: {
id: string
}
query: {

}
answer: Erasure
}
listApiKeys: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: ApiKeyPage
}
createApiKey: {
params: {

}
query: {

}
body: ApiKeyRequest
answer: (ApiKeyPlan | ApiKeyCreated)
}
getApiKey: {
params: {
id: string
}
query: {

}
answer: ApiKey
}
revokeApiKey: {
params: {
id: string
}
query: {

}
body: ApiKeyRevocation
answer: (ApiKey | ApiKeyRevocationPlan)
}
listEndedTokens: {
params: {

}
query: {
cursor?: string
limit?: number
}
answer: EndedTokensPage
}
endTokens: {
params: {

}
query: {

}
body: EndTokensRequest
answer: (EndedTokensPlan | EndedTokensMade)
}
getEndedTokens: {
params: {
id: string
}
query: {

}
answer: EndedTokens
}
getCaller: {
params: {

}
query: {

}
answer: Caller
}
getAsyncApi: {
params: {

}
query: {

}
answer: {
asyncapi: string
[k: string]: unknown
}
}
getOpenApi: {
params: {

}
query: {

}
answer: {
openapi: string
[k: string]: unknown
}
}
}
export interface Healthy {
status: "ok"
}
export interface OrderRequest {
customerId: string
/**
 * @minItems 1
 * @maxItems 100
 */
items: [{
sku: string
quantity: number
}, ...({
sku: string
quantity: number
})[]]
currency: string
/**
 * In the currency’s minor unit (ISO 4217): 0, or an amount that the payment gateway charges.
 */
amount: number
payment: {
/**
 * The gateway’s payment method (`pm_…`).
 */
method: string
/**
 * The gateway’s customer (`cus_…`) whom the method is saved for: it is charged off session.
 */
customer?: string
}
shippingAddress: {
country: string
name?: string
line1?: string
line2?: string
city?: string
postalCode?: string
}
couponId?: string
}
/**
 * A stored order.
 */
export interface OrderAccepted {
orderId: string
status: "running"
links: {
self: string
cancel: string
}
}
/**
 * An order, its status, and the reason if it failed.
 */
export interface Order {
orderId: string
customerId: string
/**
 * In the currency’s minor unit (ISO 4217): 0, or an amount that the payment gateway charges.
 */
amount: number
currency: string
/**
 * @minItems 1
 * @maxItems 100
 */
items: [{
sku: string
quantity: number
}, ...({
sku: string
quantity: number
})[]]
couponId?: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
/**
 * The state of its saga.
 */
state: string
/**
 * The reason of its failure: the type of the refusing reply, or `cancelled`.
 */
reason?: string
/**
 * The code of the refusal.
 */
reasonCode?: string
/**
 * The text of the refusal.
 */
reasonText?: string
createdAt: string
endedAt?: string
/**
 * The coupon’s discount, in the minor unit.
 */
discount?: number
/**
 * The paid amount, in the minor unit.
 */
charged?: number
links: {
self: string
cancel: string
}
}
export interface CancelRequest {
reason?: string
/**
 * Show what it would do, without doing it.
 */
dryRun?: boolean
/**
 * The `planHash` of the dry run that its author saw: the action does exactly that, or is refused.
 */
planHash?: string
}
/**
 * A stored action. Read its address for the outcome, and for the plan that was carried out.
 */
export interface ActionAccepted {
actionId: string
state: ("waiting" | "applied" | "refused")
/**
 * The plan that its author approved.
 */
planHash?: string
links: {
self: string
saga: string
}
}
/**
 * The sagas of a filter, by state and age, and by group of failures.
 */
export interface SagaCounts {
asOf: string
sagas: number
ageBoundsSeconds: number[]
states: {
state: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
sagas: number
stuck: number
stalled: number
paused: number
/**
 * When the oldest of them was created.
 */
oldestAt: string
/**
 * Since when the one longest in the state is in it.
 */
longestSince: string
/**
 * By the time since they were created, one more class than `ageBoundsSeconds`.
 */
ages: number[]
}[]
/**
 * The largest groups of sagas that fail alike.
 */
errors: {
/**
 * The filter `fingerprint` takes it.
 */
fingerprint: string
/**
 * Null: stored by an earlier build.
 */
participant: (string | null)
code: string
/**
 * The text of the oldest one.
 */
text: (string | null)
sagas: number
/**
 * Those with an incident; the others are delayed and go on by themselves.
 */
stuck: number
/**
 * When the oldest of them was created.
 */
oldestAt: string
/**
 * The oldest of them.
 */
sagaId: string
}[]
/**
 * There are smaller groups.
 */
hasMoreErrors: boolean
/**
 * Only the newest sagas were read; narrow the filter by `createdBefore`.
 */
isPartial: boolean
}
/**
 * In the order of the request. A short page may still have a next one.
 */
export interface SagaPage {
items: ListedSaga[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
export interface ListedSaga {
sagaId: string
definition: string
definitionVersion: number
customerId: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
/**
 * The dotted path of the machine’s state.
 */
state: string
stateSince: string
/**
 * It needs a person.
 */
stuck: boolean
/**
 * It stays in its state longer than normal, and no failure explains it.
 */
stalled: boolean
stalledSince?: string
paused: boolean
createdAt: string
endedAt: (string | null)
/**
 * Rises with each change of state, context or definition. If-Match takes it.
 */
revision: number
amount: (number | null)
currency: (string | null)
incident?: {
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
since: string
code: string
/**
 * The command a participant raised it about: it stays open until that is undone or vouched for.
 */
about?: string
}
lastFailure?: {
at: string
code: string
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
}
links: {
self: string
}
}
/**
 * A saga in full: its state, the commands it awaits, its finished and its remaining steps.
 */
export interface Saga {
sagaId: string
definition: string
definitionVersion: number
customerId: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
/**
 * The dotted path of the machine’s state.
 */
state: string
stateSince: string
/**
 * It needs a person.
 */
stuck: boolean
/**
 * It stays in its state longer than normal, and no failure explains it.
 */
stalled: boolean
stalledSince?: string
paused: boolean
createdAt: string
endedAt: (string | null)
/**
 * Rises with each change of state, context or definition. If-Match takes it.
 */
revision: number
incident: ({
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
since: string
code: string
text?: string
/**
 * The command a participant raised it about: it stays open until that is undone or vouched for.
 */
about?: string
} | null)
lastFailure: ({
at: string
commandId: string
code: string
text: string
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
} | null)
pausedAt?: string
/**
 * The brake that pauses it, and the type of the command that it holds.
 */
brake?: {
brakeId: string
command: string
}
/**
 * Ids of messages the pause holds back.
 */
holds: string[]
/**
 * Skipped commands, with the evidence.
 */
skipped: {
[k: string]: string
}
/**
 * One more with each transition.
 */
version: number
/**
 * Why it is where it is, in one sentence; `/why` has the evidence and a forecast.
 */
why: string
/**
 * Null: this API does not run the version of its definition.
 */
waitsFor: ({
commandId: string
type: string
kind: ("forward" | "undo" | "revoke")
participant?: string
since: string
/**
 * Its participant has read it: the step’s clock runs.
 */
read: boolean
readAt: (string | null)
attempts: number
resentAt: string[]
nextResendAt: (string | null)
deadline?: string
undoes?: string[]
}[] | null)
/**
 * Null: this API does not run the version of its definition.
 */
timers: ({
name: string
generation: number
delayMs: number
/**
 * Of a paused saga: if it had gone on.
 */
dueAt: string
/**
 * Of a paused saga, whose clocks stand: what is left when it is resumed.
 */
leftMs?: number
waitsToBeRead: boolean
}[] | null)
/**
 * Null: this API does not run the version of its definition.
 */
stepsDone: ({
commandId: string
type: string
answer: string
succeeded: boolean
at: string
/**
 * Answered after the saga had ended.
 */
late: boolean
}[] | null)
/**
 * Null: this API does not run the version of its definition.
 */
stepsRemaining: ({
commandId: string
type: string
/**
 * The saga sent it and awaits its reply.
 */
awaited: boolean
/**
 * It undoes a skipped command: an operator must undo it by hand and skip with the evidence.
 */
needsEvidence?: true
}[] | null)
/**
 * Empty: this API does not run the version of its definition.
 */
endsAs: {
state?: string
/**
 * Failed: every executed step was undone.
 */
status?: ("running" | "compensating" | "completed" | "failed")
/**
 * False: the preview reached no final state.
 */
complete?: boolean
}
/**
 * The results of its steps.
 */
context: {
[k: string]: unknown
}
/**
 * Its input. Viewers read only the fields its definition shows.
 */
order: {
[k: string]: unknown
}
/**
 * The names of corrected fields of the input.
 */
edited: string[]
/**
 * The id (W3C) of its trace: the caller’s, or ours where its spans are recorded, else the digits of its id.
 */
traceId: string
links: {
self: string
history: string
why: string
actions: string
order: string
}
}
/**
 * Oldest first.
 */
export interface SagaHistory {
sagaId: string
/**
 * The id (W3C) of its trace: the caller’s, or ours where its spans are recorded, else the digits of its id.
 */
traceId: string
/**
 * Why it is where it is now, in one sentence.
 */
why: string
/**
 * Older transitions are not shown: read them with `before`.
 */
truncated: boolean
/**
 * In the order in which they were raised, as far as the transitions shown tell.
 */
incidents: {
/**
 * Null: it was raised outside a move, and is closed.
 */
code: (string | null)
since: (string | null)
text?: string
/**
 * The command that a participant raised it about.
 */
about?: string
/**
 * The version that raised it; null: none did, a message was parked.
 */
raisedAt: (number | null)
/**
 * Null: it is open.
 */
endedAt: (string | null)
/**
 * The version that closed it, or replaced it by another one.
 */
endedBy: (number | null)
}[]
events: ({
kind: "transition"
at: string
version: number
type: string
from: string
to: string
received: {
id: string
source: string
time: string
/**
 * The command it answers.
 */
commandId?: string
/**
 * Viewers read no personal field of it.
 */
data?: {
[k: string]: unknown
}
/**
 * The names of its hidden fields.
 */
hidden?: string[]
/**
 * Where the engine read it.
 */
origin?: {
topic: string
partition: number
offset: number
}
/**
 * Its W3C trace context.
 */
traceparent?: string
}
actionId?: string
action?: ("retry" | "compensate" | "cancel" | "pause" | "resume" | "skip" | "edit" | "migrate" | "resolve")
actor?: string
reason?: string
change: {
/**
 * The context after the transition.
 */
context?: {
[k: string]: unknown
}
/**
 * The change of the context as a JSON Patch (RFC 6902); each `test` carries an old value.
 */
contextPatch?: {
op: ("add" | "remove" | "replace" | "test")
/**
 * A JSON pointer (RFC 6901).
 */
path: string
/**
 * Absent of a `remove`.
 */
value?: {
[k: string]: unknown
}
}[]
/**
 * Null: the incident ended.
 */
stuck?: ({
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
since: string
code: string
text?: string
/**
 * The command a participant raised it about: it stays open until that is undone or vouched for.
 */
about?: string
} | null)
lastFailure?: {
at: string
commandId: string
code: string
text: string
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
}
/**
 * Commands given up. A late success is still compensated.
 */
gaveUp?: string[]
paused?: boolean
/**
 * It came to a command that a brake holds, and is paused by it.
 */
braked?: {
brakeId: string
command: string
}
/**
 * Ids of messages held back by the pause.
 */
held?: string[]
skipped?: {
commandId: string
evidence: string
}
/**
 * The names of corrected fields.
 */
edited?: string[]
/**
 * From one version of its definition to another.
 */
migrated?: {
from: number
to: number
}
}
sent: {
id: string
type?: string
topic?: string
/**
 * The same bytes were sent before.
 */
again: boolean
deadline?: string
/**
 * Viewers read no personal field of it.
 */
data?: {
[k: string]: unknown
}
/**
 * The names of its hidden fields.
 */
hidden?: string[]
}[]
/**
 * Its hash in the saga’s chain; an entry of a build before the chain has none.
 */
hash?: string
/**
 * The entry of the audit by which its messages were erased.
 */
erasedBy?: string
} | {
kind: "unmatched"
at: string
messageId: string
type: string
reason: string
lastAt: string
count: number
/**
 * Viewers read no personal field of it.
 */
data?: {
[k: string]: unknown
}
/**
 * The names of its hidden fields.
 */
hidden?: string[]
} | {
at: string
messageId: string
type: string
lastAt: string
count: number
/**
 * Viewers read no personal field of it.
 */
data?: {
[k: string]: unknown
}
/**
 * The names of its hidden fields.
 */
hidden?: string[]
kind: "repeat"
/**
 * The transition that took it.
 */
version?: number
} | {
kind: "resend"
at: string
commandId: string
} | {
actionId: string
/**
 * Null: it was on what no saga owns, such as a definition or an API key.
 */
sagaId: (string | null)
/**
 * Its name in the audit: `retry`, `cancel`, `activate`, `discard-dead-letter` ….
 */
action: string
state: ("waiting" | "applied" | "refused")
/**
 * Its result, or the reason of its refusal.
 */
detail?: string
/**
 * The revision its author read; null: the action needs none.
 */
revision: (number | null)
actor: string
role: string
reason: string
/**
 * The plan that its author approved.
 */
planHash?: string
/**
 * The plan that the engine carried out.
 */
appliedPlanHash?: string
createdAt: string
endedAt?: string
links: {
self: string
saga?: string
}
kind: "action"
at: string
})[]
}
/**
 * Newest first.
 */
export interface SavedViewPage {
items: SavedView[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
/**
 * A filter of sagas with its order, under a name.
 */
export interface SavedView {
viewId: string
name: string
owner: string
/**
 * As the parameters of a list of sagas, with their types.
 */
filter: {
[k: string]: unknown
}
/**
 * By creation, or by the time in the state, which lists active sagas only.
 */
sort: ("newest" | "oldest" | "longestInState")
shared: boolean
createdAt: string
changedAt: string
changedBy: string
links: {
self: string
/**
 * The list of the sagas that match now.
 */
sagas: string
}
}
export interface SavedViewRequest {
/**
 * Unique among the caller’s views, and among the shared ones.
 */
name: string
filter: {
/**
 * Failed: every executed step was undone.
 */
status?: ("running" | "compensating" | "completed" | "failed")
/**
 * A state; it matches its child states too.
 */
state?: string
/**
 * Whether it still runs, or ended and has something open: an incident, an undo, a pause.
 */
active?: boolean
/**
 * Whether it has an incident, that is, needs a person.
 */
stuck?: boolean
/**
 * Whether it stays in its state longer than is normal, and no failure explains it.
 */
stalled?: boolean
/**
 * Whether an operator has paused it.
 */
paused?: boolean
/**
 * Whether a step back is refused, needs evidence, or holds with an incident.
 */
failedCompensation?: boolean
/**
 * Of its incident, or of the failure that delays it now: as the counts and the sagas have it.
 */
fingerprint?: string
/**
 * Whose failure its incident is, or the one that delays it now: a participant, or `orchestrator`.
 */
failureParticipant?: string
/**
 * The code of its incident, or of the failure that delays it now.
 */
failureCode?: string
/**
 * The customer it belongs to.
 */
customerId?: string
/**
 * The name of its definition.
 */
definition?: string
/**
 * The version of its definition.
 */
definitionVersion?: number
/**
 * Created at this instant or later.
 */
createdAfter?: string
/**
 * Created before this instant.
 */
createdBefore?: string
/**
 * Created so long ago, or longer.
 */
minAgeMs?: number
/**
 * Created so long ago at the most.
 */
maxAgeMs?: number
/**
 * In its state for so long, or longer. Only active sagas.
 */
minInStateMs?: number
/**
 * In its state for so long at the most. Only active sagas.
 */
maxInStateMs?: number
/**
 * A part of the customer’s id, of a searchable field, or of the code or text of its incident or last failure; or an id: the saga’s, one of its commands’, messages’.
 */
text?: string
/**
 * The coupon it redeems.
 */
couponId?: string
/**
 * The sku of one of its items.
 */
sku?: string
/**
 * The payment’s id at the gateway, once it is charged.
 */
gatewayId?: string
/**
 * The amount in the currency’s minor unit. At least.
 */
minAmount?: number
/**
 * The amount in the currency’s minor unit. At most.
 */
maxAmount?: number
}
/**
 * By creation, or by the time in the state, which lists active sagas only.
 */
sort?: ("newest" | "oldest" | "longestInState")
/**
 * Everybody sees it. For operators and admins.
 */
shared?: boolean
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
/**
 * The effect of a change of a saved view. Nothing was done.
 */
export interface SavedViewPlan {
dryRun: true
/**
 * What there would be; null: nothing.
 */
view: ({
name: string
filter: {
[k: string]: unknown
}
/**
 * By creation, or by the time in the state, which lists active sagas only.
 */
sort: ("newest" | "oldest" | "longestInState")
shared: boolean
} | null)
/**
 * What is replaced or deleted; null: nothing.
 */
before: ({
name: string
filter: {
[k: string]: unknown
}
/**
 * By creation, or by the time in the state, which lists active sagas only.
 */
sort: ("newest" | "oldest" | "longestInState")
shared: boolean
viewId: string
owner: string
changedAt: string
} | null)
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
}
/**
 * A machine’s states and transitions, in its own order.
 */
export interface DefinitionGraph {
definition: string
definitionVersion: number
nodes: {
/**
 * The dotted path of the state.
 */
id: string
/**
 * The state it is a child of.
 */
parent: (string | null)
kind: ("initial" | "step" | "group" | "end")
/**
 * Of a saga in this state; null: no saga rests in a group.
 */
status: (("running" | "compensating" | "completed" | "failed") | null)
/**
 * Issued on entry.
 */
commands: string[]
/**
 * Published on entry.
 */
publishes: string[]
}[]
edges: {
id: string
from: string
to: string
/**
 * A message’s type, or a time limit’s name.
 */
event: string
kind: ("start" | "success" | "refusal" | "timer" | "action")
/**
 * Taken only under this condition.
 */
guard: (string | null)
/**
 * The saga keeps its state.
 */
stays: boolean
/**
 * The code of the incident it raises.
 */
raises: (string | null)
publishes: string[]
}[]
}
/**
 * The graph of its definition, with the saga’s own way through it.
 */
export interface SagaGraph {
sagaId: string
definition: string
definitionVersion: number
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
stuck: boolean
nodes: {
/**
 * The dotted path of the state.
 */
id: string
/**
 * The state it is a child of.
 */
parent: (string | null)
kind: ("initial" | "step" | "group" | "end")
/**
 * Of a saga in this state; null: no saga rests in a group.
 */
status: (("running" | "compensating" | "completed" | "failed") | null)
/**
 * Issued on entry.
 */
commands: string[]
/**
 * Published on entry.
 */
publishes: string[]
/**
 * Of a saga. current: it is in this state, or awaits what takes this transition. compensated: taken, and undone since. remaining: on its way, if all goes well. open: none of these.
 */
progress: ("current" | "taken" | "compensated" | "remaining" | "open")
}[]
edges: {
id: string
from: string
to: string
/**
 * A message’s type, or a time limit’s name.
 */
event: string
kind: ("start" | "success" | "refusal" | "timer" | "action")
/**
 * Taken only under this condition.
 */
guard: (string | null)
/**
 * The saga keeps its state.
 */
stays: boolean
/**
 * The code of the incident it raises.
 */
raises: (string | null)
publishes: string[]
/**
 * Of a saga. current: it is in this state, or awaits what takes this transition. compensated: taken, and undone since. remaining: on its way, if all goes well. open: none of these.
 */
progress: ("current" | "taken" | "compensated" | "remaining" | "open")
/**
 * The saga’s versions after the transitions that took it.
 */
versions: number[]
}[]
}
/**
 * Why a saga is where it is, and until when.
 */
export interface Why {
sagaId: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
at: string
/**
 * The cause and the forecast in one sentence.
 */
text: string
cause: {
/**
 * One of a closed list.
 */
code: ("completed" | "refused" | "timed-out" | "cancelled" | "compensated" | "ended-with-incident" | "paused-by-person" | "held-by-brake" | "brake-releasing" | "step-unanswered" | "undo-unanswered" | "undo-refused" | "undo-needs-evidence" | "late-success" | "command-parked" | "message-parked" | "participant-incident" | "version-unknown" | "other-incident" | "no-engine" | "brokers-away" | "topic-takes-nothing" | "participant-absent" | "start-queued" | "start-unpublished" | "command-queued" | "reply-queued" | "engine-stands-still" | "partition-stands-still" | "participant-stands-still" | "participant-delayed" | "third-party-decides" | "being-handled" | "slower-than-usual" | "unanswered" | "revoke-unanswered" | "dead-letter" | "action-waiting" | "waits-for-timer" | "timer-due" | "stalled" | "waits-for-nothing" | "not-known-here")
/**
 * One sentence.
 */
text: string
/**
 * What the sentence is made of. Instants are texts, spans are in ms; which names there are depends on the cause.
 */
evidence: {
[k: string]: string | number | boolean | null
}
/**
 * Nothing moves it until a person acts, or what is away comes back.
 */
halts: boolean
nextSteps: {
text: string
/**
 * Of the command line; `…` is to be filled in.
 */
command?: string
}[]
}
/**
 * What else holds it up, or would without the cause.
 */
besides: {
/**
 * One of a closed list.
 */
code: ("completed" | "refused" | "timed-out" | "cancelled" | "compensated" | "ended-with-incident" | "paused-by-person" | "held-by-brake" | "brake-releasing" | "step-unanswered" | "undo-unanswered" | "undo-refused" | "undo-needs-evidence" | "late-success" | "command-parked" | "message-parked" | "participant-incident" | "version-unknown" | "other-incident" | "no-engine" | "brokers-away" | "topic-takes-nothing" | "participant-absent" | "start-queued" | "start-unpublished" | "command-queued" | "reply-queued" | "engine-stands-still" | "partition-stands-still" | "participant-stands-still" | "participant-delayed" | "third-party-decides" | "being-handled" | "slower-than-usual" | "unanswered" | "revoke-unanswered" | "dead-letter" | "action-waiting" | "waits-for-timer" | "timer-due" | "stalled" | "waits-for-nothing" | "not-known-here")
/**
 * One sentence.
 */
text: string
/**
 * What the sentence is made of. Instants are texts, spans are in ms; which names there are depends on the cause.
 */
evidence: {
[k: string]: string | number | boolean | null
}
/**
 * Nothing moves it until a person acts, or what is away comes back.
 */
halts: boolean
nextSteps: {
text: string
/**
 * Of the command line; `…` is to be filled in.
 */
command?: string
}[]
}[]
/**
 * null: it has ended.
 */
forecast: (({
from: string
to: string
text: string
} | {
/**
 * Why nobody knows.
 */
unknown: string
}) | null)
links: {
self: string
saga: string
history: string
}
}
/**
 * A person’s action, with its outcome.
 */
export interface Action {
actionId: string
/**
 * Null: it was on what no saga owns, such as a definition or an API key.
 */
sagaId: (string | null)
/**
 * Its name in the audit: `retry`, `cancel`, `activate`, `discard-dead-letter` ….
 */
action: string
state: ("waiting" | "applied" | "refused")
/**
 * Its result, or the reason of its refusal.
 */
detail?: string
/**
 * The revision its author read; null: the action needs none.
 */
revision: (number | null)
actor: string
role: string
reason: string
/**
 * The plan that its author approved.
 */
planHash?: string
/**
 * The plan that the engine carried out.
 */
appliedPlanHash?: string
createdAt: string
endedAt?: string
links: {
self: string
saga?: string
}
}
/**
 * Newest first.
 */
export interface AuditPage {
items: AuditEntry[]
/**
 * null on the last page.
 */
nextCursor: (number | null)
}
export interface AuditEntry {
actionId: string
/**
 * Its position in the chain.
 */
seq: number
/**
 * Null: the action was on a definition, an API key, or a dead letter without a saga.
 */
sagaId: (string | null)
batchId?: string
action: string
/**
 * The revision its author read; null: the action needs none.
 */
revision: (number | null)
actor: string
role: string
reason: string
/**
 * The names of all its parameters.
 */
fields: string[]
/**
 * Its parameters, as far as they hold nothing of a person.
 */
parameters: {
[k: string]: string | number | boolean | null | (string | number | boolean | null)[]
}
/**
 * The plan that its author approved.
 */
planHash?: string
createdAt: string
state: ("waiting" | "applied" | "refused")
detail: (string | null)
endedAt: (string | null)
previousHash: string
hash: string
/**
 * The later entry that erased its actor, where that was the customer, its reason and its parameters.
 */
erasedBy?: string
}
export interface AuditVerdict {
holds: boolean
/**
 * The number of intact entries, from the first on.
 */
entries: number
/**
 * The hash of the last intact entry.
 */
head: string
/**
 * The fault of the next entry.
 */
broken?: string
}
/**
 * A page of sagas whose journals were verified, by creation.
 */
export interface JournalVerdict {
/**
 * Whether no chain of the page is broken.
 */
holds: boolean
sagas: number
entries: number
/**
 * Entries whose documents an erasure rewrote, as the audit vouches.
 */
erased: number
/**
 * Entries without a hash: engines of builds before the chain wrote them.
 */
unchained: number
/**
 * The entries without a hash that follow a chained one. Only an engine of an earlier build writes such a one, during an upgrade; with `chainedSince` the later ones are faults.
 */
unchainedAfter: {
sagaId: string
version: number
}[]
/**
 * The faults, at most 20 of a saga.
 */
broken: {
sagaId: string
version: number
what: string
}[]
/**
 * Sagas of which only the first entries were verified.
 */
tooLong: string[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
/**
 * Newest first.
 */
export interface BrakesPage {
items: Brake[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
export interface Brake {
brakeId: string
/**
 * `intake`, or the type of the commands that it holds.
 */
holds: string
/**
 * Releasing: the held sagas are resumed, and newcomers behind them, until it opens. Ended: none is left.
 */
state: ("in-force" | "releasing" | "ended")
reason: string
setBy: string
setAt: string
releasedBy: (string | null)
releaseReason: (string | null)
releasedAt: (string | null)
/**
 * Sagas that the release lets go on a second, newcomers among them.
 */
perSecond: (number | null)
/**
 * Sagas that the release has resumed so far.
 */
resumed: number
/**
 * Since when it holds nothing new.
 */
openedAt: (string | null)
endedAt: (string | null)
links: {
self: string
release: string
}
}
export interface BrakeRequest {
/**
 * `intake`, or the type of a command of any definition, such as `payment.charge`.
 */
holds: string
/**
 * For the audit.
 */
reason: string
/**
 * Preview it without applying it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
/**
 * What a brake would hold.
 */
export interface BrakePlan {
dryRun: true
holds: string
/**
 * Somebody holds it already.
 */
inForce: boolean
/**
 * The live sagas that have yet to come to the command. Null: of intake, which holds no sagas.
 */
ahead: (WeighedSagas | null)
/**
 * Until every process heeds it.
 */
countsWithinMs: number
/**
 * SHA-256 over what it holds and whether that is held already: how many sagas are ahead changes with each order.
 */
planHash: string
}
/**
 * Some sagas, and the money in them.
 */
export interface WeighedSagas {
sagas: number
money: {
currency: string
/**
 * In minor units.
 */
amount: number
}[]
/**
 * Counting all of them would have taken too long: there are more, with more money.
 */
isPartial: boolean
/**
 * When they were counted: a moment ago, where counting them takes long.
 */
asOf: string
}
export interface BrakeWithHeld {
brakeId: string
/**
 * `intake`, or the type of the commands that it holds.
 */
holds: string
/**
 * Releasing: the held sagas are resumed, and newcomers behind them, until it opens. Ended: none is left.
 */
state: ("in-force" | "releasing" | "ended")
reason: string
setBy: string
setAt: string
releasedBy: (string | null)
releaseReason: (string | null)
releasedAt: (string | null)
/**
 * Sagas that the release lets go on a second, newcomers among them.
 */
perSecond: (number | null)
/**
 * Sagas that the release has resumed so far.
 */
resumed: number
/**
 * Since when it holds nothing new.
 */
openedAt: (string | null)
endedAt: (string | null)
links: {
self: string
release: string
}
held: WeighedSagas1
}
/**
 * Some sagas, and the money in them.
 */
export interface WeighedSagas1 {
sagas: number
money: {
currency: string
/**
 * In minor units.
 */
amount: number
}[]
/**
 * Counting all of them would have taken too long: there are more, with more money.
 */
isPartial: boolean
/**
 * When they were counted: a moment ago, where counting them takes long.
 */
asOf: string
}
export interface ReleaseRequest {
/**
 * Sagas to let go on a second, oldest first. Newcomers are held behind them until fewer are held than this. Given again with another rate, the release goes on at that.
 */
perSecond: number
/**
 * For the audit.
 */
reason: string
/**
 * Preview it without applying it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
/**
 * What a release would resume.
 */
export interface ReleasePlan {
dryRun: true
brakeId: string
/**
 * `intake`, or the type of the commands that it holds.
 */
holds: string
/**
 * Releasing: the held sagas are resumed, and newcomers behind them, until it opens. Ended: none is left.
 */
state: ("in-force" | "releasing" | "ended")
perSecond: number
/**
 * Of a release that is under way; null: of none.
 */
perSecondNow: (number | null)
held: WeighedSagas
/**
 * Sagas that began in the last minute, a second.
 */
newPerSecond: number
/**
 * Until it opens, if as many come as in the last minute. Null: it never does at that rate.
 */
takesSeconds: (number | null)
/**
 * SHA-256 over the brake, its state and both rates: how many sagas it holds changes with each order.
 */
planHash: string
}
/**
 * The engines, and each participant that a definition names.
 */
export interface ParticipantList {
asOf: string
/**
 * When the brokers last answered this API, which observes them every 2.5 s. Null: never yet.
 */
observedAt: (string | null)
/**
 * They have not answered for 12 s: members and queues are those of `observedAt`.
 */
isStale: boolean
items: Participant[]
/**
 * There are smaller groups of failures.
 */
hasMoreFailures: boolean
/**
 * When failures were counted: a moment ago, where counting them takes long.
 */
failuresAsOf: string
/**
 * Counting all of them would have taken too long: there are more.
 */
failuresArePartial: boolean
}
export interface Participant {
/**
 * As the filter `failureParticipant` takes it. `orchestrator`: the engines, and failures that are no participant’s.
 */
participant: string
/**
 * Its consumer group.
 */
group: string
/**
 * Of the group, as last observed. Null: no coordinator described it.
 */
members: (number | null)
/**
 * Of all of its topics together, and of each. Null: not observed yet.
 */
queue: ({
/**
 * Unread messages.
 */
lag: number
/**
 * Messages a second over the last minute. Null: not observed for long enough.
 */
readPerSecond: (number | null)
/**
 * Messages a second over the last minute. Null: not observed for long enough.
 */
writtenPerSecond: (number | null)
/**
 * How long the oldest unread message has waited, from when the log’s end passed the read position: exact to 2.5 s in the last minute, to 15 s in the last hour. 0: all is read. Null: it was unread before this API began to observe, or for over an hour.
 */
oldestUnreadMs: (number | null)
/**
 * The same where it is known; else it has waited so long, or longer.
 */
oldestUnreadAtLeastMs: number
worst: (PartitionLag | null)
topics: TopicLag[]
} | null)
/**
 * Most sagas first.
 */
failures: ParticipantFailure[]
}
/**
 * A group in one partition.
 */
export interface PartitionLag {
topic: string
partition: number
/**
 * Where its log ends.
 */
end: number
/**
 * How far the group has read it.
 */
readTo: number
lag: number
/**
 * How long the oldest unread message has waited, from when the log’s end passed the read position: exact to 2.5 s in the last minute, to 15 s in the last hour. 0: all is read. Null: it was unread before this API began to observe, or for over an hour.
 */
oldestUnreadMs: (number | null)
/**
 * The same where it is known; else it has waited so long, or longer.
 */
oldestUnreadAtLeastMs: number
}
/**
 * A group on one topic, all of its partitions together.
 */
export interface TopicLag {
topic: string
partitions: number
/**
 * The ends of its partitions, summed.
 */
end: number
/**
 * How far the group has read them, summed.
 */
readTo: number
/**
 * Unread messages.
 */
lag: number
/**
 * Messages a second over the last minute. Null: not observed for long enough.
 */
readPerSecond: (number | null)
/**
 * Messages a second over the last minute. Null: not observed for long enough.
 */
writtenPerSecond: (number | null)
/**
 * How long the oldest unread message has waited, from when the log’s end passed the read position: exact to 2.5 s in the last minute, to 15 s in the last hour. 0: all is read. Null: it was unread before this API began to observe, or for over an hour.
 */
oldestUnreadMs: (number | null)
/**
 * The same where it is known; else it has waited so long, or longer.
 */
oldestUnreadAtLeastMs: number
/**
 * The one with most unread messages. Null: all are read.
 */
worst: (PartitionLag | null)
}
/**
 * Active sagas whose failure has one code.
 */
export interface ParticipantFailure {
code: string
sagas: number
/**
 * Those with an incident; the others are delayed and go on by themselves.
 */
stuck: number
/**
 * When the newest of these failures was.
 */
newestAt: string
links: {
sagas: string
}
}
export interface Throughput {
asOf: string
/**
 * No engine that ran within the last hour began to count earlier. Null: none counts. There are no minutes before it.
 */
countedSince: (string | null)
/**
 * Live engines of a build that does not count: what they do is in no number here.
 */
uncountedEngines: number
/**
 * More engines ran than are read: there is more.
 */
isPartial: boolean
/**
 * Oldest first, without gaps.
 */
minutes: MinuteOfThroughput[]
}
/**
 * What began and ended in one minute.
 */
export interface MinuteOfThroughput {
/**
 * When the minute began.
 */
at: string
/**
 * False: it is the present one, and its numbers grow.
 */
isOver: boolean
started: number
completed: number
/**
 * Ended as `failed`: all that was done is undone.
 */
failed: number
/**
 * From acceptance to the end, of the sagas that ended in it; exact to 9 %. Null: none ended.
 */
duration: ({
p50Ms: number
p95Ms: number
p99Ms: number
} | null)
}
/**
 * Newest first.
 */
export interface DeadLetterPage {
items: ListedDeadLetter[]
/**
 * null on the last page.
 */
nextCursor: (number | null)
}
export interface ListedDeadLetter {
partition: number
/**
 * In the topic; where that was deleted and created anew, 2^40 more each time.
 */
offset: number
/**
 * Null: neither its key nor its body names a saga.
 */
sagaId: (string | null)
/**
 * Its saga as it is now; null: there is none.
 */
saga: ({
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
stuck: boolean
} | null)
parkedBy: string
parkedAt: string
reason: string
text: string
originTopic: string
/**
 * Of the parked record; -1: unknown.
 */
originPartition: number
/**
 * Of the parked record; -1: unknown.
 */
originOffset: number
/**
 * open: nobody has dealt with it; resent: it was sent again; discarded: nobody will send it.
 */
state: ("open" | "resent" | "discarded")
/**
 * Letters of one group share topic, sender, reason and text, but for ids, numbers and quoted values.
 */
groupId: string
resentAt: (string | null)
discardedAt: (string | null)
/**
 * When its body was corrected last; null: never.
 */
editedAt: (string | null)
links: {
self: string
message: string
resend: string
edit: string
discard: string
saga?: string
}
}
/**
 * The largest first.
 */
export interface DeadLetterGroups {
items: {
/**
 * Letters of one group share topic, sender, reason and text, but for ids, numbers and quoted values.
 */
groupId: string
/**
 * The text with # in place of ids, numbers and quoted values.
 */
groupText: string
originTopic: string
parkedBy: string
reason: string
letters: number
oldestAt: string
newestAt: string
sample: {
partition: number
offset: number
text: string
links: {
self: string
}
}
links: {
letters: string
}
}[]
/**
 * False: only the newest letters were grouped, so counts are lower bounds.
 */
isComplete: boolean
}
export interface DeadLetter {
partition: number
/**
 * In the topic; where that was deleted and created anew, 2^40 more each time.
 */
offset: number
/**
 * Null: neither its key nor its body names a saga.
 */
sagaId: (string | null)
/**
 * Its saga as it is now; null: there is none.
 */
saga: ({
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
stuck: boolean
} | null)
parkedBy: string
parkedAt: string
reason: string
text: string
originTopic: string
/**
 * Of the parked record; -1: unknown.
 */
originPartition: number
/**
 * Of the parked record; -1: unknown.
 */
originOffset: number
/**
 * open: nobody has dealt with it; resent: it was sent again; discarded: nobody will send it.
 */
state: ("open" | "resent" | "discarded")
/**
 * Letters of one group share topic, sender, reason and text, but for ids, numbers and quoted values.
 */
groupId: string
resentAt: (string | null)
discardedAt: (string | null)
/**
 * When its body was corrected last; null: never.
 */
editedAt: (string | null)
links: {
self: string
message: string
resend: string
edit: string
discard: string
saga?: string
}
/**
 * With U+FFFD in place of what is not UTF-8.
 */
key: (string | null)
/**
 * Its bytes in base64: only where they are not UTF-8.
 */
keyBase64?: string
/**
 * Its bytes as UTF-8, as they were parked.
 */
value: string
/**
 * Its bytes in base64, as they were parked.
 */
base64: string
message: ReadableBody
/**
 * The corrected body, which is sent instead; null: there is none.
 */
edited: ({
edits: number
message: ReadableBody
base64: string
/**
 * Where the corrected body differs, field by field; of one that was no JSON the whole text.
 */
differences: {
/**
 * RFC 6901.
 */
pointer: string
kind: ("added" | "removed" | "changed")
before: unknown
after: unknown
}[]
} | null)
/**
 * The id (W3C) of its trace; null: it bears none, and is of no saga.
 */
traceId: (string | null)
/**
 * The number of dead letters with the same bytes from the same topic.
 */
parkedTimes: number
/**
 * The text with # in place of ids, numbers and quoted values.
 */
groupText: string
}
/**
 * Viewers read no personal field of it.
 */
export interface DeadLetterMessage {
partition: number
offset: number
original: ReadableBody
edited: (ReadableBody | null)
}
export interface ResendRequest {
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * Of the plan as its author saw it: where it is another one by now, nothing is done.
 */
planHash?: string
/**
 * Send it although it was sent again before, was discarded, or was parked too often.
 */
force?: boolean
}
/**
 * What is sent, to the last byte.
 */
export interface DeadLetterSent {
dryRun: boolean
sends: {
topic: string
/**
 * With U+FFFD in place of what is not UTF-8.
 */
key: (string | null)
/**
 * Its bytes in base64: only where they are not UTF-8.
 */
keyBase64?: string
bytes: number
}
message: {
topic: string
/**
 * Where its key leads; null: there is no such topic.
 */
partition: (number | null)
/**
 * With U+FFFD in place of what is not UTF-8.
 */
key: (string | null)
/**
 * Its bytes in base64: only where they are not UTF-8.
 */
keyBase64?: string
headers: {
[k: string]: string
}
body: ReadableBody
/**
 * The bytes that are sent.
 */
base64: string
bytes: number
}
/**
 * It is the corrected body.
 */
isEdited: boolean
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
links: {
self: string
}
}
export interface DeadLetterEditRequest {
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * Of the plan as its author saw it: where it is another one by now, nothing is done.
 */
planHash?: string
/**
 * The whole corrected body, as it is to be sent.
 */
value: string
/**
 * Permit another id, type, source, subject or commandid: the plan says what that means.
 */
changesIdentity?: boolean
}
/**
 * A corrected body, kept beside the original one.
 */
export interface DeadLetterEdited {
dryRun: boolean
/**
 * Where the corrected body differs, field by field; of one that was no JSON the whole text.
 */
differences: {
/**
 * RFC 6901.
 */
pointer: string
kind: ("added" | "removed" | "changed")
before: unknown
after: unknown
}[]
/**
 * What sending it again would send.
 */
message: {
topic: string
/**
 * Where its key leads; null: there is no such topic.
 */
partition: (number | null)
/**
 * With U+FFFD in place of what is not UTF-8.
 */
key: (string | null)
/**
 * Its bytes in base64: only where they are not UTF-8.
 */
keyBase64?: string
headers: {
[k: string]: string
}
body: ReadableBody
/**
 * The bytes that are sent.
 */
base64: string
bytes: number
}
/**
 * What it means that the message becomes another one; empty: it stays the one it is.
 */
changesIdentity: string[]
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
links: {
self: string
}
}
export interface DeadLetterDiscardRequest {
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * Of the plan as its author saw it: where it is another one by now, nothing is done.
 */
planHash?: string
}
export interface DeadLetterDiscarded {
dryRun: boolean
state: "discarded"
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
links: {
self: string
}
}
export interface DeadLetterBatchRequest {
action: ("send" | "discard")
/**
 * Which letters; open ones unless it names a state.
 */
filter?: {
sagaId?: string
/**
 * The code under which it was parked.
 */
reason?: string
/**
 * The topic the record came from.
 */
topic?: string
group?: string
/**
 * open: nobody has dealt with it; resent: it was sent again; discarded: nobody will send it.
 */
state?: ("open" | "resent" | "discarded")
parkedBefore?: string
parkedAfter?: string
/**
 * As the plan says, so that the set stays the one it showed.
 */
upTo?: number
}
/**
 * Or these.
 * 
 * @minItems 1
 * @maxItems 2000
 */
letters?: [string, ...(string)[]]
/**
 * The most that are acted on in a second.
 */
perSecond?: number
/**
 * Send those too that were sent again before, were discarded, or were parked too often.
 */
force?: boolean
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * SHA-256 of what the plan promises.
 */
planHash?: string
}
export interface DeadLetterBatchPlan {
dryRun: true
action: ("send" | "discard")
letters: number
/**
 * Of their bodies together.
 */
bytes: number
/**
 * False: more letters match than a batch takes; it takes the oldest.
 */
isComplete: boolean
/**
 * The highest offset the filter was applied to: sent along, the plan stays while new letters arrive.
 */
upTo: number
/**
 * Where they go.
 */
topics: {
topic: string
letters: number
/**
 * Why none of them can be sent; null: they can.
 */
impossible: (string | null)
}[]
/**
 * The first 100. The dry run of links.plan shows what is sent, to the last byte.
 */
first: {
target: string
topic: string
partition: (number | null)
key: (string | null)
bytes: number
isEdited: boolean
/**
 * open: nobody has dealt with it; resent: it was sent again; discarded: nobody will send it.
 */
state: ("open" | "resent" | "discarded")
links: {
self: string
plan: string
}
}[]
perSecond: number
force: boolean
/**
 * SHA-256 over every letter of the set, and what is done to it.
 */
planHash: string
}
/**
 * An act on many targets, whose set is fixed.
 */
export interface Batch {
batchId: string
/**
 * What is done: `send-dead-letters`, `discard-dead-letters`, `retry-sagas`, `compensate-sagas` …
 */
kind: string
/**
 * done: each target has its outcome; stopped: by itself, see `stopped`, until a person resumes or cancels it; cancelled: the targets that were waiting are left as they are.
 */
state: ("running" | "paused" | "stopped" | "cancelled" | "done")
/**
 * Why a batch of sagas stopped itself, the last time.
 */
stopped: ({
at: string
/**
 * Since the batch began, or was resumed.
 */
wave: number
failed: number
/**
 * The sagas of the wave.
 */
of: number
/**
 * Of the most frequent failure; the filter of sagas takes it.
 */
fingerprint: (string | null)
/**
 * A saga that failed so.
 */
example: string
text: string
} | null)
total: number
/**
 * The most targets that are acted on in a second.
 */
perSecond: number
actor: string
role: string
reason: string
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
createdAt: string
endedAt: (string | null)
links: {
self: string
items: string
actions: string
}
progress: {
waiting: number
/**
 * Acted on; the outcome is not final.
 */
watched: number
/**
 * Of the ended ones, by outcome.
 */
outcomes: {
[k: string]: number
}
}
}
/**
 * Newest first.
 */
export interface BatchPage {
items: ListedBatch[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
export interface ListedBatch {
batchId: string
/**
 * What is done: `send-dead-letters`, `discard-dead-letters`, `retry-sagas`, `compensate-sagas` …
 */
kind: string
/**
 * done: each target has its outcome; stopped: by itself, see `stopped`, until a person resumes or cancels it; cancelled: the targets that were waiting are left as they are.
 */
state: ("running" | "paused" | "stopped" | "cancelled" | "done")
/**
 * Why a batch of sagas stopped itself, the last time.
 */
stopped: ({
at: string
/**
 * Since the batch began, or was resumed.
 */
wave: number
failed: number
/**
 * The sagas of the wave.
 */
of: number
/**
 * Of the most frequent failure; the filter of sagas takes it.
 */
fingerprint: (string | null)
/**
 * A saga that failed so.
 */
example: string
text: string
} | null)
total: number
/**
 * The most targets that are acted on in a second.
 */
perSecond: number
actor: string
role: string
reason: string
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
createdAt: string
endedAt: (string | null)
links: {
self: string
items: string
actions: string
}
}
/**
 * The effect of an action on many sagas.
 */
export interface SagaBatchPlan {
dryRun: true
action: ("retry" | "compensate" | "cancel" | "pause" | "resume" | "skip" | "edit" | "migrate" | "resolve")
/**
 * On which the action is possible: the batch is of these.
 */
sagas: number
/**
 * That it sends to them together.
 */
messages: number
/**
 * The most that these messages move: an undo takes back what its participant finds done.
 */
totals: {
/**
 * Such as `money`, `stock`, `coupons` or `mails`.
 */
kind: string
/**
 * Such as `refunded` or `released`.
 */
effect: string
/**
 * Of money the currency, else the thing.
 */
of: string
/**
 * Of money in the currency’s minor unit, else pieces.
 */
quantity: number
/**
 * For people: `EUR 24.90`, `2 of coffee-beans`.
 */
text: string
}[]
/**
 * False: more sagas match than `limit`; it takes the oldest.
 */
isComplete: boolean
/**
 * The sagas that match, and on which the action is not possible: the batch leaves them.
 * 
 * @maxItems 50
 */
impossible: {
why: string
sagas: number
/**
 * @maxItems 5
 */
examples: []|[string]|[string, string]|[string, string, string]|[string, string, string, string]|[string, string, string, string, string]
}[]
from: number
/**
 * 100 sagas from `from` on, each with exactly what is sent.
 * 
 * @maxItems 100
 */
listed: {
/**
 * Its position in the plan, and in the batch.
 */
number: number
sagaId: string
/**
 * Of the saga now.
 */
status: ("running" | "compensating" | "completed" | "failed")
/**
 * Of the saga now.
 */
state: string
/**
 * After the action.
 */
next: {
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
}
sends: {
id: string
type: string
topic: string
key: string
/**
 * Of a command: which of its type in its saga.
 */
number?: number
/**
 * The same bytes were sent before.
 */
again: boolean
/**
 * Its content as sent; only operators see it.
 */
data?: {
[k: string]: unknown
}
}[]
/**
 * Ids of messages a pause would hold back.
 */
holds: string[]
/**
 * SHA-256 over what the plan promises: the saga, its revision, the action, each message, the next state.
 */
planHash: string
links: {
saga: string
}
}[]
/**
 * The `from` of the next ones; null: there are none.
 */
nextFrom: (number | null)
/**
 * All of them. Sent along as `sagaIds`, the set stays this one.
 * 
 * @maxItems 10000
 */
sagaIds: string[]
perSecond: number
/**
 * SHA-256 over the action and the plan of each saga.
 */
planHash: string
}
/**
 * In the order of the plan.
 */
export interface BatchItems {
items: {
/**
 * Its position in the plan.
 */
number: number
/**
 * Of a dead letter its partition and offset, 0/17; of a saga its id.
 */
target: string
state: ("waiting" | "watched" | "ended")
/**
 * Of a letter: sent, parked-again (the detail names the new letter), refused, discarded or cancelled. Of a saga: completed (The saga has completed.) compensated (The saga has failed with everything undone; the detail says why.) applied (The action has been applied, and does not by itself lead to an end: a pause, a migration.) failed-again (After the action the saga raised an incident, or a participant reported a failure that has delayed it since.) undecided (Neither within the time for which a saga is watched.) plan-changed (The saga moved after the plan, so that the engine refused the action; a dry run of the action shows the new plan.) ended-before (The saga ended by itself before its turn: the engine refused the action, and nothing was sent.) refused (The engine refused the action for another reason.) cancelled (The batch was cancelled before the saga was acted on.) acted (The saga was acted on, and the batch cancelled before its end was seen.)
 */
outcome: (string | null)
detail: (string | null)
/**
 * Of the failure that a saga ended with.
 */
fingerprint?: string
/**
 * The action on the saga, once it was acted on.
 */
actionId?: string
actedAt: (string | null)
}[]
/**
 * null on the last page.
 */
nextCursor: (number | null)
}
/**
 * A batch with all its items.
 */
export interface BatchExport {
batch: Batch
/**
 * @maxItems 10000
 */
items: {
/**
 * Its position in the plan.
 */
number: number
/**
 * Of a dead letter its partition and offset, 0/17; of a saga its id.
 */
target: string
state: ("waiting" | "watched" | "ended")
/**
 * Of a letter: sent, parked-again (the detail names the new letter), refused, discarded or cancelled. Of a saga: completed (The saga has completed.) compensated (The saga has failed with everything undone; the detail says why.) applied (The action has been applied, and does not by itself lead to an end: a pause, a migration.) failed-again (After the action the saga raised an incident, or a participant reported a failure that has delayed it since.) undecided (Neither within the time for which a saga is watched.) plan-changed (The saga moved after the plan, so that the engine refused the action; a dry run of the action shows the new plan.) ended-before (The saga ended by itself before its turn: the engine refused the action, and nothing was sent.) refused (The engine refused the action for another reason.) cancelled (The batch was cancelled before the saga was acted on.) acted (The saga was acted on, and the batch cancelled before its end was seen.)
 */
outcome: (string | null)
detail: (string | null)
/**
 * Of the failure that a saga ended with.
 */
fingerprint?: string
/**
 * The action on the saga, once it was acted on.
 */
actionId?: string
actedAt: (string | null)
}[]
}
export interface BatchActionRequest {
/**
 * cancel: what was not acted on yet is left as it is, for good. resume: a batch of sagas begins with one saga again.
 */
action: ("pause" | "resume" | "cancel")
/**
 * For the audit.
 */
reason: string
/**
 * Answer the plan, and do nothing.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: the act is carried out so, or refused.
 */
planHash?: string
}
/**
 * The effect of an act on a batch. Nothing was done.
 */
export interface BatchActPlan {
dryRun: true
batchId: string
kind: string
action: ("pause" | "resume" | "cancel")
/**
 * Now.
 */
state: ("running" | "paused" | "stopped" | "cancelled" | "done")
/**
 * Afterwards.
 */
nextState: ("running" | "paused" | "stopped" | "cancelled" | "done")
/**
 * False: it is so already, and nothing is done.
 */
changes: boolean
total: number
/**
 * Not acted on yet: paused, they wait; cancelled, they stay as they are for good; resumed, they are acted on. Of a running batch it is the most: waves begin meanwhile.
 */
waiting: number
/**
 * Acted on, without an outcome: they go on; a cancelled batch does not watch them.
 */
watched: number
ended: number
/**
 * Of a resume: the target that it begins with; null: none waits.
 */
next: (string | null)
/**
 * SHA-256 over the batch, its state and the act; unless it runs, over the number of the waiting too.
 */
planHash: string
}
/**
 * Sagas whose compensation failed, oldest first. A short page may still have a next one.
 */
export interface CompensationFailures {
items: {
sagaId: string
customerId: string
/**
 * Failed: every executed step was undone.
 */
status: ("running" | "compensating" | "completed" | "failed")
state: string
/**
 * Since when it needs an operator.
 */
since: string
incident: {
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
since: string
code: string
text?: string
/**
 * The command a participant raised it about: it stays open until that is undone or vouched for.
 */
about?: string
}
lastFailure: ({
at: string
commandId: string
code: string
text: string
/**
 * The participant that failed, or `orchestrator`.
 */
participant?: string
/**
 * Of the failures like it; the filter `fingerprint` takes it. Earlier builds stored none.
 */
fingerprint?: string
} | null)
/**
 * Empty: the incident is not about an undo.
 */
undos: {
commandId: string
type: string
participant: (string | null)
/**
 * refused: its participant will not do it; unanswered: not in time, and it is still sent; reopened: it was done, and no longer holds; needs-evidence: it undoes a step that a person vouched for.
 */
cause: ("refused" | "unanswered" | "reopened" | "needs-evidence")
undoes: string[]
since: (string | null)
attempts: number
code: (string | null)
text: (string | null)
/**
 * What stands until it is done.
 */
atStake: {
money?: {
/**
 * In the currency’s minor unit.
 */
amount: number
/**
 * Three letters (ISO 4217).
 */
currency: string
}
stock?: {
sku: string
quantity: number
}[]
coupon?: string
shipment?: string
}
}[]
/**
 * What an operator can do next; empty where this API lacks its version.
 */
possible: {
action: ("retry" | "skip" | "resume" | "resolve")
/**
 * The ids of the commands it would send.
 */
sends: string[]
needsEvidence: boolean
}[]
links: {
self: string
history: string
actions: string
}
}[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
/**
 * Each version that a process runs, that is active, or that has live sagas.
 */
export interface DefinitionPage {
items: {
definition: string
version: number
/**
 * New sagas begin under it.
 */
active: boolean
liveSagas: number
/**
 * The live engines that run it.
 */
knownBy: string[]
/**
 * The live engines that do not.
 */
unknownTo: string[]
/**
 * Whether this API runs it.
 */
knownHere: boolean
lastActivation?: {
at: string
by: string
reason: string
}
}[]
}
export interface ActivationRequest {
version: number
reason: string
/**
 * Show what it would do, without doing it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
export interface Activated {
definition: string
version: number
/**
 * False: it was active already.
 */
changed: boolean
/**
 * Nothing was done: `changed` says what would be.
 */
dryRun?: true
/**
 * Of a dry run: the version that is active now; null: none.
 */
before?: (number | null)
/**
 * Of a dry run: over the version and the one that it replaces.
 */
planHash?: string
}
/**
 * A stored saga.
 */
export interface SagaStarted {
sagaId: string
status: "running"
links: {
self: string
}
}
export interface ErasureRequest {
customerId: string
/**
 * For the audit, which keeps it: it must not name the customer.
 */
reason: string
/**
 * Show what it would erase, without requesting it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
/**
 * What an erasure would erase: of these orders every personal field.
 */
export interface ErasurePlan {
dryRun: true
/**
 * The customer’s orders; at the bound there may be more.
 */
orders: number
/**
 * Those of them that have not ended: the erasure waits for them.
 */
underWay: number
/**
 * Whether a request for this customer waits already.
 */
waiting: boolean
/**
 * SHA-256 over the customer, the number of orders and whether a request waits: orders end by themselves.
 */
planHash: string
}
/**
 * The erasure of a customer’s personal data.
 */
export interface Erasure {
erasureId: string
/**
 * Stands in the place of the customer’s id from now on.
 */
subject: string
state: ("waiting" | "done")
/**
 * What it waits for, or what was erased.
 */
detail?: string
requestedAt: string
endedAt?: string
links: {
self: string
}
}
/**
 * Newest first.
 */
export interface ApiKeyPage {
items: ApiKey[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
export interface ApiKey {
/**
 * The part of the key after its prefix, which is no secret.
 */
keyId: string
/**
 * The backend. All of its keys act as one caller.
 */
holder: string
role: "service"
state: ("live" | "expired" | "revoked")
createdAt: string
createdBy: string
expiresAt: string
revokedAt: (string | null)
revokedBy: (string | null)
links: {
self: string
revocation: string
}
}
export interface ApiKeyRequest {
/**
 * The backend, such as `shop-backend`.
 */
holder: string
expiresInDays?: number
/**
 * For the audit.
 */
reason: string
/**
 * Show what it would do, without doing it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
export interface ApiKeyPlan {
dryRun: true
holder: string
role: "service"
/**
 * Were it made now.
 */
expiresAt: string
/**
 * The keys that the holder has already.
 */
liveKeys: number
/**
 * False: there are too many live keys.
 */
isPossible: boolean
/**
 * SHA-256 over the holder, for how many days, the keys that it has, and whether it is possible.
 */
planHash: string
}
export interface ApiKeyCreated {
/**
 * The part of the key after its prefix, which is no secret.
 */
keyId: string
/**
 * The backend. All of its keys act as one caller.
 */
holder: string
role: "service"
state: ("live" | "expired" | "revoked")
createdAt: string
createdBy: string
expiresAt: string
revokedAt: (string | null)
revokedBy: (string | null)
links: {
self: string
revocation: string
}
/**
 * The key, for Authorization: Bearer. It is shown this once.
 */
key: string
}
export interface ApiKeyRevocation {
/**
 * For the audit.
 */
reason: string
/**
 * Show what it would do, without doing it.
 */
dryRun?: boolean
/**
 * Of the dry run that its author saw: it is done so, or refused.
 */
planHash?: string
}
export interface ApiKeyRevocationPlan {
dryRun: true
keyId: string
holder: string
state: ("live" | "expired" | "revoked")
/**
 * False: it is revoked already.
 */
changes: boolean
/**
 * Of the same holder. None: its requests are refused from then on.
 */
otherLiveKeys: number
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
}
/**
 * Newest first.
 */
export interface EndedTokensPage {
items: EndedTokens[]
/**
 * null on the last page.
 */
nextCursor: (string | null)
}
export interface EndedTokens {
endingId: string
/**
 * Whose tokens: all that were issued until `endedAt`. Null: of one token.
 */
subject: (string | null)
/**
 * The `jti` of the one token. Null: all of a subject.
 */
tokenId: (string | null)
endedAt: string
endedBy: string
/**
 * By then all of these tokens have expired, and the ending is deleted.
 */
expiresAt: string
links: {
self: string
}
}
/**
 * What an ending would end. Nothing was done.
 */
export interface EndedTokensPlan {
dryRun: true
/**
 * Whose tokens: all that were issued until `endedAt`. Null: of one token.
 */
subject: (string | null)
/**
 * The `jti` of the one token. Null: all of a subject.
 */
tokenId: (string | null)
/**
 * Whether the token of this request would be among the ended ones.
 */
includesCaller: boolean
/**
 * SHA-256 of what the plan promises.
 */
planHash: string
}
export interface EndedTokensMade {
endingId: string
/**
 * Whose tokens: all that were issued until `endedAt`. Null: of one token.
 */
subject: (string | null)
/**
 * The `jti` of the one token. Null: all of a subject.
 */
tokenId: (string | null)
endedAt: string
endedBy: string
/**
 * By then all of these tokens have expired, and the ending is deleted.
 */
expiresAt: string
links: {
self: string
}
/**
 * Whether the token of this request is among the ended ones.
 */
includesCaller: boolean
}
/**
 * The holder of a token.
 */
export interface Caller {
subject: string
role: ("customer" | "service" | "viewer" | "operator" | "admin")
}

/** Where each operation is, and which roles may call it; null: anybody. */
export const OPERATIONS = {
  getLiveness: {"method":"GET","path":"/livez","roles":null},
  getReadiness: {"method":"GET","path":"/readyz","roles":null},
  getMetrics: {"method":"GET","path":"/metrics","roles":null},
  placeOrder: {"method":"POST","path":"/v1/orders","roles":["service"]},
  getOrder: {"method":"GET","path":"/v1/orders/{id}","roles":["customer","service","viewer","operator","admin"]},
  cancelOrder: {"method":"POST","path":"/v1/orders/{id}/cancel","roles":["customer","service"]},
  followSagas: {"method":"GET","path":"/v1/sagas/events","roles":["viewer","operator","admin"]},
  followSaga: {"method":"GET","path":"/v1/sagas/{id}/events","roles":["viewer","operator","admin"]},
  countSagas: {"method":"GET","path":"/v1/sagas/counts","roles":["viewer","operator","admin"]},
  listSagas: {"method":"GET","path":"/v1/sagas","roles":["viewer","operator","admin"]},
  getSaga: {"method":"GET","path":"/v1/sagas/{id}","roles":["viewer","operator","admin"]},
  getSagaHistory: {"method":"GET","path":"/v1/sagas/{id}/history","roles":["viewer","operator","admin"]},
  listViews: {"method":"GET","path":"/v1/views","roles":["viewer","operator","admin"]},
  createView: {"method":"POST","path":"/v1/views","roles":["viewer","operator","admin"]},
  getView: {"method":"GET","path":"/v1/views/{id}","roles":["viewer","operator","admin"]},
  replaceView: {"method":"PUT","path":"/v1/views/{id}","roles":["viewer","operator","admin"]},
  deleteView: {"method":"DELETE","path":"/v1/views/{id}","roles":["viewer","operator","admin"]},
  getDefinitionGraph: {"method":"GET","path":"/v1/definitions/{name}/{version}/graph","roles":["viewer","operator","admin"]},
  getSagaGraph: {"method":"GET","path":"/v1/sagas/{id}/graph","roles":["viewer","operator","admin"]},
  getSagaWhy: {"method":"GET","path":"/v1/sagas/{id}/why","roles":["viewer","operator","admin"]},
  actOnSaga: {"method":"POST","path":"/v1/sagas/{id}/actions","roles":["operator","admin"]},
  getAction: {"method":"GET","path":"/v1/actions/{id}","roles":["customer","service","viewer","operator","admin"]},
  listAudit: {"method":"GET","path":"/v1/audit","roles":["viewer","operator","admin"]},
  verifyAudit: {"method":"GET","path":"/v1/audit/verify","roles":["viewer","operator","admin"]},
  verifyJournals: {"method":"GET","path":"/v1/audit/journals","roles":["viewer","operator","admin"]},
  listBrakes: {"method":"GET","path":"/v1/brakes","roles":["viewer","operator","admin"]},
  setBrake: {"method":"POST","path":"/v1/brakes","roles":["operator","admin"]},
  getBrake: {"method":"GET","path":"/v1/brakes/{id}","roles":["viewer","operator","admin"]},
  releaseBrake: {"method":"POST","path":"/v1/brakes/{id}/release","roles":["operator","admin"]},
  listParticipants: {"method":"GET","path":"/v1/participants","roles":["viewer","operator","admin"]},
  getThroughput: {"method":"GET","path":"/v1/throughput","roles":["viewer","operator","admin"]},
  listDeadLetters: {"method":"GET","path":"/v1/dead-letters","roles":["viewer","operator","admin"]},
  groupDeadLetters: {"method":"GET","path":"/v1/dead-letters/groups","roles":["viewer","operator","admin"]},
  getDeadLetter: {"method":"GET","path":"/v1/dead-letters/{partition}/{offset}","roles":["operator","admin"]},
  readDeadLetter: {"method":"GET","path":"/v1/dead-letters/{partition}/{offset}/message","roles":["viewer","operator","admin"]},
  resendDeadLetter: {"method":"POST","path":"/v1/dead-letters/{partition}/{offset}/resend","roles":["operator","admin"]},
  editDeadLetter: {"method":"POST","path":"/v1/dead-letters/{partition}/{offset}/edit","roles":["operator","admin"]},
  discardDeadLetter: {"method":"POST","path":"/v1/dead-letters/{partition}/{offset}/discard","roles":["operator","admin"]},
  actOnDeadLetters: {"method":"POST","path":"/v1/dead-letters/batches","roles":["operator","admin"]},
  followBatch: {"method":"GET","path":"/v1/batches/{id}/events","roles":["viewer","operator","admin"]},
  listBatches: {"method":"GET","path":"/v1/batches","roles":["viewer","operator","admin"]},
  actOnSagas: {"method":"POST","path":"/v1/batches","roles":["operator","admin"]},
  getBatch: {"method":"GET","path":"/v1/batches/{id}","roles":["viewer","operator","admin"]},
  listBatchItems: {"method":"GET","path":"/v1/batches/{id}/items","roles":["viewer","operator","admin"]},
  exportBatch: {"method":"GET","path":"/v1/batches/{id}/export","roles":["viewer","operator","admin"]},
  actOnBatch: {"method":"POST","path":"/v1/batches/{id}/actions","roles":["operator","admin"]},
  listCompensationFailures: {"method":"GET","path":"/v1/compensation-failures","roles":["viewer","operator","admin"]},
  listDefinitions: {"method":"GET","path":"/v1/definitions","roles":["viewer","operator","admin"]},
  activateDefinition: {"method":"POST","path":"/v1/definitions/{name}/activations","roles":["operator","admin"]},
  startSaga: {"method":"POST","path":"/v1/definitions/{name}/sagas","roles":["service"]},
  requestErasure: {"method":"POST","path":"/v1/erasures","roles":["admin"]},
  getErasure: {"method":"GET","path":"/v1/erasures/{id}","roles":["admin"]},
  listApiKeys: {"method":"GET","path":"/v1/api-keys","roles":["admin"]},
  createApiKey: {"method":"POST","path":"/v1/api-keys","roles":["admin"]},
  getApiKey: {"method":"GET","path":"/v1/api-keys/{id}","roles":["admin"]},
  revokeApiKey: {"method":"POST","path":"/v1/api-keys/{id}/revocation","roles":["admin"]},
  listEndedTokens: {"method":"GET","path":"/v1/ended-tokens","roles":["admin"]},
  endTokens: {"method":"POST","path":"/v1/ended-tokens","roles":["admin"]},
  getEndedTokens: {"method":"GET","path":"/v1/ended-tokens/{id}","roles":["admin"]},
  getCaller: {"method":"GET","path":"/v1/caller","roles":["customer","service","viewer","operator","admin"]},
  getAsyncApi: {"method":"GET","path":"/asyncapi.json","roles":null},
  getOpenApi: {"method":"GET","path":"/openapi.json","roles":null},
} as const;
