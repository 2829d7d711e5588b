import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { accountKey } from '../../src/signature/index.js';

it('is the HMAC that Node.js makes, and another with another secret or subject', async () => {
  const secret = randomBytes(32);
  const subject = '1A2B@C=JP,O=JPKI';
  const key = await accountKey(subject, secret);
  expect(key).toBe(createHmac('sha256', secret).update(subject).digest('base64url'));
  expect(await accountKey(subject, randomBytes(32))).not.toBe(key);
  expect(await accountKey(`${subject} `, secret)).not.toBe(key);
});

it('takes no secret of less than 32 bytes', async () => {
  const error = await accountKey('x', randomBytes(31)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', argument: 'secret' });
});
