export type { Redaction } from './format.js';
export { type RecordingConnection, type RecordOptions, recordTranscript } from './record.js';
export { replayTranscript } from './replay.js';
export { readTranscript, saveTranscript } from './transcript-file.js';
