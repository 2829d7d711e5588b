/** One thread that checks a login token for two seconds when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';

const { library, token, options } = workerData;
const { verifyLoginToken } = await import(library);

async function run(milliseconds) {
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < milliseconds) {
    if (!(await verifyLoginToken(token, options)).valid) throw new Error('the token must be valid');
    count++;
  }
  return (count * 1000) / (performance.now() - start);
}

await run(500);
parentPort.once('message', async () => parentPort.postMessage(await run(2000)));
parentPort.postMessage('ready');
