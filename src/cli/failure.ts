/** What goes wrong in the command itself rather than with the card. Never holds what the user typed as a value. */
import type { BilingualText, JpkiError } from '../errors.js';
import { EXIT, type ExitCode } from './exit-codes.js';

export type FailureCode = 'USAGE' | 'FILE' | 'INTERNAL';

export class CliFailure extends Error {
  readonly code: FailureCode;
  readonly texts: { readonly message: BilingualText; readonly remedy: BilingualText };
  readonly exitCode: ExitCode;

  constructor(code: FailureCode, message: BilingualText, remedy: BilingualText, cause?: unknown) {
    super(message.en, cause === undefined ? undefined : { cause });
    this.code = code;
    this.texts = { message, remedy };
    this.exitCode = code === 'USAGE' ? EXIT.usage : EXIT.failed;
  }
}

/** `usage` is the line of the subcommand that comes nearest to what was typed. */
export function usageError(message: BilingualText, usage: string, help: string): CliFailure {
  return new CliFailure('USAGE', message, {
    en: `${usage} (more with "${help}")`,
    ja: `${usage}（詳しくは「${help}」）`,
  });
}

const FILE_REASONS: Readonly<Record<string, BilingualText>> = {
  ENOENT: { en: 'there is no such file or folder', ja: 'ファイルまたはフォルダーがありません' },
  EEXIST: { en: 'there is a file of that name already', ja: '同じ名前のファイルが既にあります' },
  EACCES: { en: 'permission denied', ja: 'アクセス権がありません' },
  EPERM: { en: 'permission denied', ja: 'アクセス権がありません' },
  EISDIR: { en: 'it is a folder', ja: 'フォルダーです' },
  ENOTDIR: { en: 'part of the path is no folder', ja: 'パスの途中がフォルダーではありません' },
  ENOSPC: { en: 'the disk is full', ja: 'ディスクに空きがありません' },
  EDQUOT: { en: 'the disk quota is used up', ja: 'ディスクの割り当て容量を使い切りました' },
  EFBIG: { en: 'the file would be too large', ja: 'ファイルが大きくなりすぎます' },
  // What Linux and macOS answer when a socket is opened.
  ENXIO: { en: 'it is neither a file nor a pipe', ja: 'ファイルでもパイプでもありません' },
  EOPNOTSUPP: { en: 'it is neither a file nor a pipe', ja: 'ファイルでもパイプでもありません' },
  EROFS: { en: 'the disk is read-only', ja: '読み取り専用のディスクです' },
};

/** A file that could not be read or written; `name` is what to call it, a path only where no PIN can stand there. */
export function fileError(name: BilingualText | string, cause: unknown): CliFailure {
  const called = typeof name === 'string' ? { en: name, ja: name } : name;
  const code = String((cause as { code?: unknown } | undefined)?.code ?? '');
  const reason = FILE_REASONS[code] ?? { en: code || 'unknown reason', ja: code || '原因不明' };
  return new CliFailure(
    'FILE',
    { en: `${called.en}: ${reason.en}.`, ja: `${called.ja}：${reason.ja}。` },
    {
      en: 'Check the name, and who may read or write there.',
      ja: 'ファイル名とアクセス権を確認してください。',
    },
    cause,
  );
}

/** The message of an error in both languages. */
export function messageOf(error: JpkiError): BilingualText {
  return { en: error.inLanguage('en').message, ja: error.inLanguage('ja').message };
}
