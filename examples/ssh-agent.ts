/**
 * Runs a command with an SSH agent on the card, as `ssh-agent COMMAND` does; without one it prints the line for authorized_keys.
 *
 *   npx tsx examples/ssh-agent.ts [--virtual] [COMMAND WORDS]
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSshAgent } from 'jpki-card/ssh';
import { askPin, openCard, operands, run } from './support.js';

await run(async () => {
  await using agent = createSshAgent(openCard, {
    pin: (request, { triesLeft }) => {
      console.error(request, `${triesLeft} tries left`);
      return askPin('auth');
    },
  });
  const [command, ...words] = operands;
  if (command === undefined) {
    for (const { line } of await agent.publicKeys()) console.log(line);
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), 'ssh-agent-'));
  const { path } = await agent.listen(join(folder, 'agent.sock'));
  const child = spawn(command, words, { stdio: 'inherit', env: { ...process.env, SSH_AUTH_SOCK: path } });
  const [code] = await once(child, 'exit');
  process.exitCode = code ?? 1;
  await agent.close();
  await rm(folder, { recursive: true });
});
