/** `jpki record`: a transcript of a card that names nobody, for a report or a test. */
import { type RecordingConnection, recordTranscript } from '../../transcript/index.js';
import { ifThere, readAvailability, withCard } from '../card.js';
import { reportCertificate } from '../certificate.js';
import type { Run } from '../context.js';
import { OutputFile } from '../output-file.js';

export const record: Run = async (context) => {
  const { operands, json, texts } = context;
  const [path = ''] = operands;
  const output = await OutputFile.prepare(context, path, []);
  await output.consent();
  let recording: RecordingConnection | undefined;
  await withCard(
    context,
    async (card) => {
      const { applet, progress } = card;
      progress.step(texts.card.readingStatus);
      // A card that refuses one of these is the one to record.
      await ifThere(applet.readStatus());
      await ifThere(applet.readTokenInfo());
      const { auth } = await readAvailability(card);
      progress.step(texts.card.readingCertificate);
      if (auth !== false) await reportCertificate(applet, 'auth', new Date(), true);
    },
    {
      wrap: (connection) => {
        recording = recordTranscript(connection);
        return recording;
      },
    },
  );
  if (recording === undefined) return;
  await output.write(recording.text());
  if (json) output.report.json({ transcript: path, redacted: 'personal' });
  else output.report.line(texts.record.written(path));
};
