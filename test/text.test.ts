import { describe, expect, it } from 'vitest';
import { en } from '../src/text/en.js';
import { onSystem } from '../src/text/index.js';
import { ja } from '../src/text/ja.js';

describe('what differs from system to system', () => {
  it.each([
    ['linux', /systemctl/],
    ['freebsd', /systemctl/],
    ['win32', /Smart Card/],
    ['darwin', /Plug the reader in again|リーダーを差し直してください/],
    [undefined, /systemctl/],
  ])('is what %s needs, and nothing of the others', (platform, wanted) => {
    for (const { error, reader } of [en, ja]) {
      const remedy = onSystem(error.SERVICE_UNAVAILABLE.remedy, platform);
      expect(remedy).toMatch(wanted);
      for (const text of [remedy, onSystem(reader.restartService, platform)])
        expect(text.match(/systemctl|Smart Card|Linux|Windows|macOS/g)?.length ?? 0).toBeLessThan(2);
    }
  });
});
