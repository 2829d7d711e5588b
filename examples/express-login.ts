/**
 * Logins in an Express application, version 5. Not a program of its own: `application.get('/challenge', giveChallenge(challenges))`
 * and `application.post('/login', express.text(), takeLogin(challenges), …)`.
 */
import type { RequestHandler } from 'express';
import type { LoginChallenges } from 'jpki-card';

/** The cookie ties the challenge to this browser, so that nobody is logged in with somebody else's token. */
const COOKIE = { httpOnly: true, secure: true, sameSite: 'strict' } as const;

export function giveChallenge(challenges: LoginChallenges): RequestHandler {
  return async (_request, response) => {
    const nonce = await challenges.issue();
    response.cookie('challenge', nonce, COOKIE).json({ nonce });
  };
}

/** Hands a login on as `response.locals.subject`; anything else ends with 401. A store that fails is Express's to answer. */
export function takeLogin(challenges: LoginChallenges): RequestHandler {
  return async (request, response, next) => {
    const verdict = await challenges.answer(request.body);
    const cookies = request.headers.cookie?.split('; ') ?? [];
    if (!verdict.valid || !cookies.includes(`challenge=${verdict.claims.nonce}`)) {
      response.status(401).json({ error: verdict.findings.map(({ code }) => code) });
      return;
    }
    response.locals['subject'] = verdict.subject;
    next();
  };
}
