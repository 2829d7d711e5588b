/**
 * Parts of node-forge by themselves. Its main file asks for `crypto` of Node.js while it is loaded, with a `require` that
 * keeps an ESM bundle of esbuild from starting; these parts do not.
 */
declare module 'node-forge/lib/asn1.js' {
  import forge from 'node-forge';
  export default forge.asn1;
}

declare module 'node-forge/lib/jsbn.js' {
  import forge from 'node-forge';
  export default forge.jsbn;
}

declare module 'node-forge/lib/util.js' {
  import forge from 'node-forge';
  export default forge.util;
}
