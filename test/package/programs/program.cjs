const tour = require('./tour.cjs');

tour({
  main: require('jpki-card'),
  cms: require('jpki-card/cms'),
  iso7816: require('jpki-card/iso7816'),
  pdf: require('jpki-card/pdf'),
  ssh: require('jpki-card/ssh'),
  transcript: require('jpki-card/transcript'),
  virtual: require('jpki-card/virtual'),
});
