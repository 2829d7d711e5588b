/** `npm run demo`: what `jpki status --virtual` shows, and what to try next in a clone. */
import { runCommand } from './process.js';
import { paragraph, Screen, section } from './terminal/screen.js';
import { languageOf, wordsIn } from './text/index.js';

await runCommand(['status', '--virtual']);
const { texts } = wordsIn(languageOf(undefined, process.env));
const next = Object.entries(texts.demo.commands).flatMap(([command, what]) => [
  paragraph(`npm run -s jpki -- ${command}`),
  paragraph(what, 6),
]);
new Screen(process.stdout, process.env).lines(section(texts.demo.next, ...next));
