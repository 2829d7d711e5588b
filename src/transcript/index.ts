/**
 * Recorded exchanges: record, redact, replay. The format is in fixtures/README.md.
 *
 * @module jpki-card/transcript
 */

export type { Redaction } from './format.js';
export { type RecordingConnection, type RecordOptions, recordTranscript } from './record.js';
export { replayTranscript } from './replay.js';
