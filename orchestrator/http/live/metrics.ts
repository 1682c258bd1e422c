/** The metrics of live events. */
import { Counter, Gauge, registry } from '#platform/process/metrics.ts';

const registers = [registry];

export const liveStreams = new Gauge({
  name: 'live_streams',
  help: 'Open streams of live events',
  registers,
});
export const liveStreamsCut = new Counter({
  name: 'live_streams_cut_total',
  help: 'Streams that the API closed, by reason: too-slow, token-ended, too-old, shutting-down',
  labelNames: ['reason'] as const,
  registers,
});
export const liveResets = new Counter({
  name: 'live_resets_total',
  help: 'Lists whose client had to read them again, because moves were missing',
  registers,
});
