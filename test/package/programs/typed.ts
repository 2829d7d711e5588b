import {
  type CertificateVerdict,
  JpkiApplet,
  JpkiError,
  type LoginVerdict,
  type PinCounter,
  verifyCertificate,
  verifyLoginToken,
} from 'jpki-card';
import { type CmsVerdict, signCms, verifyCms } from 'jpki-card/cms';
import { CommandApdu, type StatusWord, SW } from 'jpki-card/iso7816';
import { createSshAgent, type SshAgent } from 'jpki-card/ssh';
import { type RecordingConnection, recordTranscript } from 'jpki-card/transcript';
import { VIRTUAL_PINS, VirtualCard } from 'jpki-card/virtual';

/** One value of each entry point, passed from one to the next: their types must be the same types. */
export async function program(): Promise<void> {
  const connection: RecordingConnection = recordTranscript((await VirtualCard.issue()).connect());
  await using applet: JpkiApplet = await JpkiApplet.select(connection);
  const counter: PinCounter = await applet.readPinCounter('sign');
  await applet.verifyPin('sign', VIRTUAL_PINS.sign);
  const document: CmsVerdict = await verifyCms(await signCms(applet, new Uint8Array(1)));
  const verdict: CertificateVerdict = await verifyCertificate(await applet.readCertificate('sign'), {
    purpose: 'sign',
  });
  const login: LoginVerdict = await verifyLoginToken('', { audience: 'a', nonce: 'n' });
  const agent: SshAgent = createSshAgent(() => applet, { pin: ({ kind }) => kind });
  await agent.close();
  const status: StatusWord['value'] = SW.WRONG_LENGTH;
  const command = new CommandApdu({ cla: 0, ins: 0x20, p1: 0, p2: 0x80 });
  console.log(counter.triesLeft, document.valid, verdict.trusted, login.valid, status, command.ins);
}

program().catch((error: unknown) => {
  if (error instanceof JpkiError && error.code === 'PIN_LOCKED') console.log(error.triesLeft, error.remedy);
  throw error;
});
