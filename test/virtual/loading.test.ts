import { expect, it, vi } from 'vitest';
import { VirtualCard, type VirtualCardState } from '../../src/virtual/index.js';

const loaded = vi.hoisted(() => new Set<string>());
vi.mock('pkijs', async (original) => {
  loaded.add('pkijs');
  return original();
});

const EMPTY_CARD: VirtualCardState = {
  format: 'jpki-card-virtual',
  version: 1,
  atr: btoa('\x3b\x00'),
  quirks: {},
  applications: {},
};

it('a card that is only loaded and used needs nothing that makes certificates; issuing one does', async () => {
  VirtualCard.fromJSON(EMPTY_CARD).connect();
  expect([...loaded]).toEqual([]);
  await VirtualCard.issue({ signatureCertificate: false });
  expect([...loaded]).toEqual(['pkijs']);
});
