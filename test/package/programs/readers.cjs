const { listReaders } = require('jpki-card');

listReaders().catch((error) => console.log(error.code));
