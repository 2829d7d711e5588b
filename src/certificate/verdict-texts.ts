/** The words of a verdict. They never claim more than was checked (card.md section 8). */
import type { BilingualText } from '../errors.js';
import type { Finding } from './findings.js';
import { JLIS_TRUST_ANCHORS, type TrustAnchor } from './trust-anchors.js';

export const REVOCATION_NOT_CHECKED: BilingualText = Object.freeze({
  en: 'Whether it has been revoked was not checked: only accredited verifiers can ask J-LIS for that (Article 17 of the Act on public personal authentication).',
  ja: '失効しているかどうかは確認していません。失効情報を J-LIS に照会できるのは、公的個人認証法第17条の認定を受けた検証者などに限られます。',
});

interface Outcome {
  readonly trusted: boolean;
  readonly findings: readonly Finding[];
  readonly anchor: TrustAnchor | undefined;
}

/** The verdict in one paragraph of each language. */
export function summarise({ trusted, findings, anchor }: Outcome, at: Date): BilingualText {
  if (!trusted || !anchor) {
    return {
      en: ['Do not believe this certificate.', ...findings.map(({ text }) => text.en)].join(' '),
      ja: ['この電子証明書を信頼しないでください。', ...findings.map(({ text }) => text.ja)].join(''),
    };
  }
  const moment = `${at.toISOString().slice(0, 19)}Z`;
  const isJlis = JLIS_TRUST_ANCHORS.some(({ sha256 }) => sha256 === anchor.sha256.toLowerCase());
  const issued = isJlis
    ? { en: `Issued by J-LIS (${anchor.name})`, ja: `J-LIS（${anchor.name}）が発行したもので` }
    : {
        en: `Issued under the trust anchor "${anchor.name}", which is not J-LIS's`,
        ja: `J-LIS ではない認証局「${anchor.name}」が発行したもので`,
      };
  return {
    en: `${issued.en}, and within its dates at ${moment}. ${REVOCATION_NOT_CHECKED.en}`,
    ja: `${issued.ja}、${moment} の時点で有効期間内です。${REVOCATION_NOT_CHECKED.ja}`,
  };
}
