import { describe, expect, it } from 'vitest';
import { systemFrom } from '../../src/transport/pcsc-addon.js';

const loading = (error: unknown) => systemFrom(() => Promise.reject(error)).catch((e: unknown) => e);

describe('the package pcsclite', () => {
  it('that is not installed is PCSC_UNAVAILABLE with how to install it', async () => {
    const missing = await import('pcsclite-that-nobody-has' as string).catch((e: Error) => e);
    const cause = new Error(missing.message.replaceAll('pcsclite-that-nobody-has', 'pcsclite'));
    const error = await loading(cause);
    expect(error).toMatchObject({ code: 'PCSC_UNAVAILABLE', message: /not installed/, cause });
    expect(error).toMatchObject({ remedy: expect.stringContaining('npm install pcsclite') });
  });

  it.each([
    ['was not built', new Error('Could not locate the bindings file. Tried: build/pcsclite.node')],
    [
      'was built for another Node',
      Object.assign(new Error('NODE_MODULE_VERSION 115'), { code: 'ERR_DLOPEN_FAILED' }),
    ],
    ['lacks a part', new Error("Cannot find module 'bindings'")],
  ])('that %s is PCSC_UNAVAILABLE with how to build it', async (_why, cause) => {
    const error = await loading(cause);
    expect(error).toMatchObject({ code: 'PCSC_UNAVAILABLE', cause });
    expect(error).toMatchObject({ remedy: expect.stringContaining('npm rebuild pcsclite') });
  });

  it.each([
    ['a worker thread, where its events would go astray', () => Promise.resolve({ isMainThread: false })],
    ['a browser', () => Promise.reject(new TypeError('Failed to resolve module specifier'))],
  ])('is not even loaded in %s', async (_where, threads) => {
    let imported = false;
    const importPackage = () => {
      imported = true;
      return Promise.reject(new Error('unexpected'));
    };
    await expect(systemFrom(importPackage, threads())).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(imported).toBe(false);
  });
});
