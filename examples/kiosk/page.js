/** Draws what the server tells, in the language chosen. What comes from a card is text and never markup. */
const WORDS = {
  ja: {
    title: 'マイナンバーカードの状態',
    promise:
      'この画面が暗証番号をお尋ねすることはありません。表示する内容に、お名前などの個人情報は含まれません。',
    noReader: 'カードリーダーを接続してください。',
    empty: 'カードをリーダーに置いてください。',
    reading: '読み取っています。カードを動かさないでください。',
    failed: '読み取れませんでした。',
    lost: '表示が止まっています。係員に知らせてください。',
    pins: { auth: '利用者証明用の暗証番号（数字 4 桁）', sign: '署名用の暗証番号（英数字 6〜16 文字）' },
    tries: (left, most) => `残り ${left} 回（最大 ${most} 回）`,
    unknown: 'カードが残り回数を示しません',
    locked: 'ロックされています',
    endsAt: '電子証明書の有効期限',
    ok: 'ロックされた暗証番号はありません。',
    trouble: (names) => `${names.join('、')}がロックされています。`,
    lastTry: (names) => `${names.join('、')}は残り 1 回です。次に間違えるとロックされます。`,
    ways: '対処方法',
    needs: '必要なもの',
    steps: '手順',
    where: '場所',
  },
  en: {
    title: 'State of an Individual Number Card',
    promise: 'This page never asks for a PIN. It shows no name and nothing else that is personal.',
    noReader: 'Plug in a card reader.',
    empty: 'Put a card on the reader.',
    reading: 'Reading. Please do not move the card.',
    failed: 'The card could not be read.',
    lost: 'This page has stopped. Please tell the staff.',
    pins: { auth: 'User authentication PIN (4 digits)', sign: 'Signature PIN (6 to 16 letters and digits)' },
    tries: (left, most) => `${left} of ${most} tries left`,
    unknown: 'the card does not say how many tries are left',
    locked: 'LOCKED',
    endsAt: 'The certificate ends on',
    ok: 'No PIN is locked.',
    trouble: (names) => `Locked: ${names.join(', ')}.`,
    lastTry: (names) => `One try left: ${names.join(', ')}. Another wrong one locks it.`,
    ways: 'What to do',
    needs: 'What it needs',
    steps: 'Steps',
    where: 'Where',
  },
};

const byId = (id) => document.getElementById(id);
let language = location.hash === '#en' ? 'en' : 'ja';
let readers;
let connected = true;

/** An element with text or elements in it. */
function make(tag, content, attributes = {}) {
  const element = document.createElement(tag);
  element.append(...[content].flat());
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function draw() {
  const words = WORDS[language];
  document.documentElement.lang = language;
  document.title = words.title;
  byId('title').textContent = words.title;
  byId('promise').textContent = words.promise;
  for (const button of document.querySelectorAll('[data-language]'))
    button.setAttribute('aria-pressed', String(button.dataset.language === language));
  if (readers === undefined && connected) return;
  const text = connected ? sentence(words) : words.lost;
  // What has not changed is not read aloud again.
  if (byId('said').textContent !== text) byId('said').textContent = text;
  byId('readers').replaceChildren(
    ...(connected ? readers : []).map((reader, i) => drawReader(reader, i, words)),
  );
}

/** Of the cards there are; where there is none, what to do. */
function sentence(words) {
  const cards = readers.filter(({ state }) => state !== 'empty');
  if (cards.length > 0) return cards.map((reader) => summary(reader, words)).join(' ');
  return readers.length > 0 ? words.empty : words.noReader;
}

function summary({ state, card, error }, words) {
  if (state === 'failed') return `${words.failed} ${error[language].message}`;
  if (state !== 'read') return words[state];
  const names = (which) => card.pins.filter(which).map(({ pin }) => words.pins[pin]);
  const locked = names((pin) => pin.locked);
  const last = names((pin) => !pin.locked && pin.triesLeft === 1);
  const sentences = [
    locked.length > 0 && words.trouble(locked),
    last.length > 0 && words.lastTry(last),
  ].filter(Boolean);
  return sentences.length > 0 ? sentences.join(' ') : words.ok;
}

function drawReader({ name, state, card, error }, i, words) {
  const id = `reader-${i}`;
  const parts = [make('h2', name, { id })];
  if (state === 'failed') parts.push(make('p', error[language].remedy));
  else if (state !== 'read') parts.push(make('p', words[state]));
  else {
    const rows = card.pins.flatMap((pin) => [make('dt', words.pins[pin.pin]), drawPin(pin, words)]);
    if (card.endsAt) rows.push(make('dt', words.endsAt), make('dd', day(card.endsAt)));
    parts.push(make('dl', rows), ...card.remarks.map((remark) => make('p', remark[language])));
    if (card.ways.length > 0)
      parts.push(make('h3', words.ways), ...card.ways.map((way) => drawWay(way, words)));
  }
  return make('section', parts, { 'aria-labelledby': id });
}

function drawPin({ locked, triesLeft, maxTries }, words) {
  if (locked) return make('dd', words.locked, { class: 'locked' });
  return make('dd', triesLeft === undefined ? words.unknown : words.tries(triesLeft, maxTries));
}

function drawWay({ title, answer, needs, steps, where, confirm, page }, words) {
  const items = (list) => list.map((text) => make('li', text[language]));
  const more = [
    ...[make('h4', words.needs), make('ul', items(needs))],
    ...(steps.length > 0 ? [make('h4', words.steps), make('ol', items(steps))] : []),
    ...[
      make('h4', words.where),
      make('p', where[language]),
      make('p', `${confirm[language]} ${page.name} ${page.address}`),
    ],
  ];
  return make('details', [make('summary', `${title[language]} — ${answer[language]}`), ...more]);
}

const day = (iso) =>
  new Date(iso).toLocaleDateString(language, {
    timeZone: 'Asia/Tokyo',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
  });

for (const button of document.querySelectorAll('[data-language]'))
  button.addEventListener('click', () => {
    language = button.dataset.language;
    history.replaceState(null, '', `#${language}`);
    draw();
  });

const events = new EventSource('events');
events.addEventListener('message', ({ data }) => {
  readers = JSON.parse(data);
  connected = true;
  draw();
});
events.addEventListener('error', () => {
  connected = false;
  draw();
});
draw();
