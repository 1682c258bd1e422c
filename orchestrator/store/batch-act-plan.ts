/** The plan of a person's act on a batch. Plain data: the store makes it, the API answers it, and the command line shows it. */

/** stopped: by itself, because too many of its targets failed again; a person may resume it. */
export type BatchState = 'running' | 'paused' | 'stopped' | 'cancelled' | 'done';
/** What a person does to a batch. */
export type BatchVerb = 'pause' | 'resume' | 'cancel';

/** What a person's verb does to a batch: to the targets that wait, and to those under way. */
export interface BatchActPlan {
  readonly batchId: string;
  readonly kind: string;
  readonly action: BatchVerb;
  readonly state: BatchState;
  readonly nextState: BatchState;
  /** False: it is so already. */
  readonly changes: boolean;
  readonly total: number;
  readonly waiting: number;
  readonly watched: number;
  readonly ended: number;
  /** Of a resume: the target that it begins with. */
  readonly next: string | null;
  readonly planHash: string;
}
