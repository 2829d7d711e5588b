/**
 * The large numbers of node-forge by themselves. Its main file asks for `crypto` of Node.js while it is loaded, with a
 * `require` that keeps an ESM bundle of esbuild from starting; this part does not.
 */
declare module 'node-forge/lib/jsbn.js' {
  import forge from 'node-forge';
  export default forge.jsbn;
}
