import * as main from 'jpki-card';
import * as cms from 'jpki-card/cms';
import * as iso7816 from 'jpki-card/iso7816';
import * as pdf from 'jpki-card/pdf';
import * as ssh from 'jpki-card/ssh';
import * as transcript from 'jpki-card/transcript';
import * as virtual from 'jpki-card/virtual';
import tour from './tour.cjs';

await tour({ main, cms, iso7816, pdf, ssh, transcript, virtual });
