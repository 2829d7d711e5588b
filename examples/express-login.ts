/**
 * Logins in an Express application, version 5. Not a program of its own: `application.get('/challenge', giveChallenge(challenges))`
 * and `application.post('/login', express.text({ type: () => true, limit: '20kb' }), takeLogin(challenges), …)`, which takes a
 * token of whatever content type, and no more than one.
 */
import type { RequestHandler } from 'express';
import type { LoginChallenges } from 'jpki-card';

/** The cookie ties the challenge to this browser, so that nobody is logged in with somebody else's token. */
const NAME = '__Host-challenge';
const COOKIE = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;

export function giveChallenge(challenges: LoginChallenges): RequestHandler {
  return async (_request, response) => {
    const nonce = await challenges.issue();
    response.cookie(NAME, nonce, COOKIE).json({ nonce });
  };
}

/** Hands a login on as `response.locals.subject`; anything else ends with 401. A store that fails is Express's to answer. */
export function takeLogin(challenges: LoginChallenges): RequestHandler {
  return async (request, response, next) => {
    const verdict = await challenges.answer(request.body);
    response.clearCookie(NAME, COOKIE);
    const cookies = request.headers.cookie?.split('; ') ?? [];
    const isOfBrowser = verdict.valid && cookies.includes(`${NAME}=${verdict.claims.nonce}`);
    if (!isOfBrowser) {
      const codes = verdict.valid ? ['OTHER_BROWSER'] : verdict.findings.map(({ code }) => code);
      response.status(401).json({ error: codes });
      return;
    }
    // Begin a new session here: one that was there before may be known to somebody else (session fixation).
    response.locals['subject'] = verdict.subject;
    next();
  };
}
