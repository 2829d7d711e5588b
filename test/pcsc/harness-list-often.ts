/** A program that lists the readers 220 times and prints how many it saw in all. */
import { listReaders } from '../../src/transport/pcsc.js';

let seen = 0;
for (let i = 0; i < 220; i++) seen += (await listReaders()).length;
console.log(seen);
