/** What the tests of PDFs take from those of CMS, and a card whose exchanges are counted. */
import type { JpkiApplet } from '../../src/jpki/applet.js';
import { openCard } from '../signature/support.js';
import { type CountedConnection, countExchanges } from '../support/virtual.js';

export { anchors, card, codes, openCard } from '../signature/support.js';

export async function handOf(): Promise<{ applet: JpkiApplet; connection: CountedConnection }> {
  let counted: CountedConnection | undefined;
  const applet = await openCard((connection) => {
    counted = countExchanges(connection);
    return counted;
  });
  if (counted === undefined) throw new Error('the card was not connected');
  return { applet, connection: counted };
}
