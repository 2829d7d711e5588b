import { checkFunction, checkText, fieldsOf, required } from '../arguments.js';
import { JpkiError } from '../errors.js';
import { nodeModule } from '../node-module.js';
import { MAX_TEXT_LENGTH } from './format.js';
import type { RecordingConnection } from './record.js';

const checkRecording = fieldsOf<Pick<RecordingConnection, 'text'>>({ text: required(checkFunction) });

/**
 * Writes a recording to a new file that only its owner can read. A file of that name is left alone.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when the file exists or cannot be written
 */
export async function saveTranscript(
  recording: Pick<RecordingConnection, 'text'>,
  path: string,
): Promise<void> {
  checkRecording('recording', recording);
  // A number would be a file that is open already, such as the standard output.
  checkText('path', path);
  const { writeFile } = nodeModule('node:fs/promises');
  try {
    await writeFile(path, recording.text(), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw fileError('written', path, error);
  }
}

/**
 * The text of a transcript in a file, for `replayTranscript`.
 *
 * @throws JpkiError `INVALID_ARGUMENT` when the file cannot be read, is no UTF-8 or is larger than any transcript
 */
export async function readTranscript(path: string): Promise<string> {
  checkText('path', path);
  const { open } = nodeModule('node:fs/promises');
  try {
    await using file = await open(path);
    // Not by the size it says it has: a device or a pipe has none, and never ends.
    const bytes = new Uint8Array(MAX_TEXT_LENGTH + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      ({ bytesRead: read } = await file.read(bytes, length, bytes.length - length, null));
    }
    if (length > MAX_TEXT_LENGTH) throw new Error(`it has more than ${MAX_TEXT_LENGTH} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
  } catch (error) {
    throw fileError('read', path, error);
  }
}

function fileError(verb: string, path: string, cause: unknown): JpkiError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JpkiError('INVALID_ARGUMENT', `The transcript ${path} cannot be ${verb}: ${reason}`, { cause });
}
