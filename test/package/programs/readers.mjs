import { listReaders } from 'jpki-card';

await listReaders().catch((error) => console.log(error.code));
