/** `jpki ssh-key`: the public key that SSH servers and services are to know. */
import { sshPublicKey } from '../../ssh/index.js';
import type { Run } from '../context.js';
import { withReadable } from './certificate.js';

export const sshKey: Run = async (context) => {
  const certificate = await withReadable(context, 'auth', ({ applet }) => applet.readCertificate('auth'));
  const { line, fingerprint, comment } = sshPublicKey(certificate);
  const { json, out } = context;
  if (json) out.json({ publicKey: line, fingerprint, comment, notAfter: certificate.notAfter.toISOString() });
  else out.raw(`${line}\n`);
};
