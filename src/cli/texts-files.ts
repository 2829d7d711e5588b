/** What is said about files that are read and written. */
import type { BilingualText } from '../errors.js';

export const FILE_TEXTS = {
  notAFile: (path: string): BilingualText => ({
    en: `${path} is neither a regular file nor a pipe.`,
    ja: `${path} は通常のファイルでもパイプでもありません。`,
  }),
  notAFileRemedy: {
    en: 'Name a file; what a program writes can be given as a pipe.',
    ja: 'ファイルを指定してください。プログラムの出力はパイプで渡せます。',
  },
  emptyPipe: (path: string): BilingualText => ({
    en: `Nothing was written into the pipe ${path}.`,
    ja: `パイプ ${path} には何も書き込まれませんでした。`,
  }),
  again: {
    en: 'Check the program that writes into it, and run the command again.',
    ja: '書き込む側のプログラムを確認して、もう一度実行してください。',
  },
  tooLargeToAttach: (path: string, most: number): BilingualText => ({
    en: `${path} is too large to be put into its signature (at most ${most / 1024 / 1024} MiB).`,
    ja: `${path} は大きすぎるため、署名ファイルに含められません（上限 ${most / 1024 / 1024} MiB）。`,
  }),
  signDetached: {
    en: 'Leave --attached out: a detached signature, beside the file, takes a file of any size.',
    ja: '--attached を付けずに実行してください。本文と別の署名ファイル（分離署名）なら、大きさに制限はありません。',
  },
  changed: (path: string): BilingualText => ({
    en: `${path} was changed while it was being signed; no signature was written.`,
    ja: `署名の途中で ${path} が変更されたため、署名ファイルを作成しませんでした。`,
  }),
  changedRemedy: {
    en: 'Run it again when nothing writes to the file any more.',
    ja: 'ファイルへの書き込みが終わってから、もう一度実行してください。',
  },
  sameFile: {
    en: 'The output would be written over a file that this command reads.',
    ja: '出力先が、このコマンドで読み込むファイルと同じです。',
  },
  link: (path: string): BilingualText => ({
    en: `${path} is a link, and nothing is written through a link.`,
    ja: `${path} はリンクです。リンクの先には書き込みません。`,
  }),
  linkRemedy: {
    en: 'Remove the link, or name another file.',
    ja: 'リンクを削除するか、別のファイル名を指定してください。',
  },
  exists: (path: string): BilingualText => ({
    en: `${path} is there already; in a script it is replaced only with --force.`,
    ja: `${path} は既にあります。スクリプトでは、--force を付けた場合だけ置き換えます。`,
  }),
  replace: (path: string): BilingualText => ({
    en: `${path} is there already. Type "yes" to replace it, anything else to stop: `,
    ja: `${path} は既にあります。置き換える場合は「はい」または yes、中止する場合はそのまま Enter: `,
  }),
  kept: (path: string): BilingualText => ({
    en: `${path} was left as it is; nothing was done.`,
    ja: `${path} はそのままです。何も行いませんでした。`,
  }),
  keptRemedy: {
    en: 'Name another file, or run it again and say yes.',
    ja: '別のファイル名を指定するか、もう一度実行して「はい」と答えてください。',
  },
  appeared: (path: string): BilingualText => ({
    en: `Meanwhile somebody else has written ${path}; it was left as it is.`,
    ja: `処理の間に ${path} が別に作成されました。上書きはしていません。`,
  }),
  appearedRemedy: {
    en: 'Look at that file, and run the command again with another name.',
    ja: 'そのファイルを確認し、別の名前でもう一度実行してください。',
  },
} as const satisfies Readonly<Record<string, BilingualText | ((...args: never[]) => BilingualText)>>;
