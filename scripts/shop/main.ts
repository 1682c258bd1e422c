/** The demo shop's process: serves its page, and acts as its backend. `npm start` runs it on this machine, nothing else does. */
import { listen } from '#platform/http/server.ts';
import { openTokens, readTokenSecret } from '#platform/process/auth-tokens.ts';
import { readConfig } from '#platform/process/config.ts';
import { runProcess } from '#platform/process/process.ts';
import { shopConfig } from './config.ts';
import { shopServer } from './server.ts';

/** Never another: whoever reaches the shop may act as its customers. */
const HOST = '127.0.0.1';

const config = readConfig(shopConfig);

await runProcess('shop', { host: HOST, port: config.HTTP_PORT, level: config.LOG_LEVEL }, async (log) => {
  const secret = readTokenSecret(config.AUTH_SECRET_FILE);
  const server = shopServer({
    origin: `http://${HOST}:${config.HTTP_PORT}`,
    orders: config.ORDER_API_URL,
    coupons: config.COUPON_API_URL,
    secret,
    tokens: openTokens(secret, () => Date.now()),
    readiness: () => null,
    log,
  });
  const close = await listen(server, { port: config.HTTP_PORT, host: HOST, log });
  return { servesHealth: true, readiness: () => null, close: [close] };
});
