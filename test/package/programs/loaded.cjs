/** Prints the path of every CommonJS module that the main entry loads. */
require('jpki-card');

console.log(Object.keys(require.cache).join('\n'));
