/** Logins a second on several threads, and what another library takes for a part of one. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import * as jose from 'jose';
import type { VerifyLoginTokenOptions } from '../../src/index.js';
import { median, perSecond } from './measure.js';

/** The sum of what `threads` threads do at the same time, each with the package loaded by itself. */
export async function loginsOnThreads(
  threads: number,
  rounds: number,
  workerData: { library: string; token: string; options: VerifyLoginTokenOptions },
): Promise<number> {
  const sums: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const program = new URL('login-worker.mjs', import.meta.url);
    const workers = Array.from({ length: threads }, () => new Worker(program, { workerData }));
    await Promise.all(workers.map((worker) => once(worker, 'message')));
    const rates = workers.map(async (worker) => {
      worker.postMessage('go');
      const [rate] = await once(worker, 'message');
      return Number(rate);
    });
    sums.push((await Promise.all(rates)).reduce((sum, rate) => sum + rate, 0));
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return median(sums);
}

/** jose checks the token's signature and claims; whether its certificate is to be believed, it leaves to the program. */
export async function joseLogins(
  token: string,
  pem: string,
  { audience }: VerifyLoginTokenOptions,
): Promise<Readonly<Record<'imported' | 'importing', number>>> {
  const key = await jose.importX509(pem, 'RS256');
  const check = (from: typeof key) => jose.jwtVerify(token, from, { audience, typ: 'jpki-login+jwt' });
  return {
    imported: await perSecond(() => check(key)),
    importing: await perSecond(async () => check(await jose.importX509(pem, 'RS256'))),
  };
}
