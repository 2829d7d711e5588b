/** `jpki record`: a transcript of a card that names nobody, for a report or a test. */

import { type RecordingConnection, recordTranscript } from '../transcript/index.js';
import { ifThere, readAvailability, withCard } from './card.js';
import { reportCertificate } from './certificate-report.js';
import type { Run } from './commands.js';
import { OutputFile, PRIVATE } from './output-file.js';
import { askYes } from './pin-entry.js';
import { CARD_TEXTS } from './texts-card.js';
import { RECORD_TEXTS as TEXT } from './texts-record.js';

export const record: Run = async (context) => {
  const { operands, json, say } = context;
  const [path = ''] = operands;
  const output = await OutputFile.prepare(context, path, { reads: [], mode: PRIVATE, namesPerson: true });
  await output.consent((question) => askYes(context, question));
  let recording: RecordingConnection | undefined;
  await withCard(
    context,
    async (card) => {
      const { applet, progress } = card;
      progress.step(CARD_TEXTS.readingStatus);
      // A card that refuses one of these is the one to record.
      await ifThere(applet.readStatus());
      await ifThere(applet.readTokenInfo());
      const { auth } = await readAvailability(card);
      progress.step(CARD_TEXTS.readingCertificate);
      if (auth !== false) await reportCertificate(applet, 'auth', new Date());
    },
    {
      wrap: (connection) => {
        recording = recordTranscript(connection);
        return recording;
      },
    },
  );
  if (recording === undefined) return undefined;
  await output.write(recording.text());
  if (json) output.report.json({ transcript: path, redacted: 'personal' });
  else output.report.line(say(TEXT.written(path)));
  return undefined;
};
