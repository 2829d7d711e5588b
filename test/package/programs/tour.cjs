/** What both programs do with the package, however they loaded it. Prints one line of JSON. */

/** The code of the error that `work` ends with, if it is of the class that the main entry exports. */
async function codeOf({ JpkiError }, work) {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return error instanceof JpkiError ? error.code : `not a JpkiError: ${error}`;
  }
}

async function tour({ main, cms, iso7816, pdf, ssh, transcript, virtual }) {
  const card = await virtual.VirtualCard.issue();
  const applet = await main.JpkiApplet.select(transcript.recordTranscript(card.connect()));
  const counter = await applet.readPinCounter('auth');
  await applet.verifyPin('auth', virtual.VIRTUAL_PINS.auth);
  const challenge = { audience: 'https://service.example.jp', nonce: 'b7f3' };
  const token = await main.createLoginToken(applet, challenge);
  const ca = await applet.readCertificate('auth-ca');
  const anchors = [{ name: 'virtual card', purpose: 'auth', sha256: ca.fingerprintSha256 }];
  const login = await main.verifyLoginToken(token, { ...challenge, anchors });
  const p7s = await cms.signCms(applet, new Uint8Array([1, 2, 3]), { role: 'auth' });
  const document = await cms.verifyCms(p7s, { purpose: 'auth', anchors });
  const errors = {
    main: await codeOf(main, () => applet.verifyPin('sign', 'no')),
    cms: await codeOf(main, () => cms.verifyCms(new Uint8Array(3))),
    iso7816: await codeOf(main, () => iso7816.CommandApdu.parse(new Uint8Array(3))),
    pdf: await codeOf(main, () => pdf.verifyPdf(new Uint8Array(3))),
    ssh: await codeOf(main, () => ssh.createSshAgent()),
    transcript: await codeOf(main, () => transcript.replayTranscript('')),
    virtual: await codeOf(main, () => card.connect()),
    reader: await codeOf(main, () => main.openJpki()),
  };
  await applet.close();
  console.log(
    JSON.stringify({ triesLeft: counter.triesLeft, login: login.valid, document: document.valid, errors }),
  );
}

module.exports = tour;
