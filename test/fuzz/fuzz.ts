/** `npm run fuzz [SEED]`: sessions against a random card until stopped, or until one fails, whose seed it prints. */
import { VirtualCard } from '../../src/virtual/index.js';
import { runSession } from './random-card.js';

const state = (await VirtualCard.issue()).toJSON();
const first = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 31));
let exchanges = 0;
for (let seed = first; ; seed++) {
  exchanges += await runSession(seed, state);
  if ((seed - first + 1) % 1000 === 0) {
    const heap = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    console.log(`${seed - first + 1} sessions from seed ${first}, ${exchanges} exchanges, heap ${heap} MB`);
  }
}
